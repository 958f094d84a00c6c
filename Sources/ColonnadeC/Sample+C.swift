// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import ColonnadeCore

extension Sample {
    /// Stores all values in the structures of C. Values of single samples are copied, so that the receiver may write to
    /// them. Batches of consecutive rows of a file stay views if the caller accepts them, since mapping them was meant
    /// to save the copy.
    ///
    /// Throws `corruptFile` if copied values may not be those of the file, or `outOfMemory`. After an error nothing is
    /// stored.
    func put(in tensors: UnsafeMutablePointer<colonnade_tensor>?, _ copyRule: CopyRule) throws(ColonnadeError) {
        guard let tensors = unsafe tensors else { return }
        var count = 0
        do throws(ColonnadeError) {
            for tensor in self.tensors {
                if copyRule.allowsView(of: tensor.storage) {
                    try unsafe tensor.put(in: tensors + count)
                } else {
                    unsafe try tensor.copied().put(in: tensors + count)
                }
                count += 1
            }
            for tensor in self.tensors where tensor.storage.isLent { try tensor.storage.checkIntact() }
        } catch {
            for index in 0..<count { unsafe colonnade_release(tensors[index].owner) }
            throw error
        }
    }
}
