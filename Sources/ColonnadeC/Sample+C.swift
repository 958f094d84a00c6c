// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import ColonnadeCore

extension Sample {
    /// Puts all values where C wants them. Those of single samples are copied, so that whoever gets them may write to them; batches
    /// of consecutive rows of a file stay views where the caller takes those, since copying them would cost what mapping it saves.
    ///
    /// Throws `corruptFile` if what was copied may not have been the file's, and `outOfMemory`; then it has put nothing.
    func put(in tensors: UnsafeMutablePointer<colonnade_tensor>?, _ handing: Handing) throws(ColonnadeError) {
        guard let tensors = unsafe tensors else { return }
        let given = try self.tensors.map { (tensor) throws(ColonnadeError) in
            try handing.isGivenAsItLies(tensor.storage) ? tensor : tensor.copied()
        }
        for tensor in self.tensors where tensor.storage.isLent { try tensor.storage.checkIntact() }
        for (index, tensor) in given.enumerated() { unsafe tensor.put(in: tensors + index) }
    }
}
