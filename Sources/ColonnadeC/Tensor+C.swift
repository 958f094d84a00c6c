// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import ColonnadeCore
internal import ColonnadeSystem

extension Tensor {
    /// Stores the tensor in a structure of C, with an owner for C.
    ///
    /// - Parameter isLent: whether C borrows the owner, and gets no reference that it must release.
    /// - Throws: `invalidArgument` for too many dimensions. Then nothing is stored.
    func put(
        in tensor: UnsafeMutablePointer<colonnade_tensor>, isLent: Bool = false
    ) throws(ColonnadeError) {
        let rank = try Shape.rank(shape)
        unsafe tensor.pointee.dtype = Int32(dtype.rawValue)
        unsafe tensor.pointee.rank = rank
        unsafe Shape.put(shape, in: &tensor.pointee.shape)
        unsafe tensor.pointee.data = storage.mutableBytes.baseAddress.map { unsafe $0 + byteOffset }
        unsafe tensor.pointee.byte_count = byteCount
        let owner = unsafe Unmanaged.passUnretained(storage)
        unsafe tensor.pointee.owner = (isLent ? owner : owner.retain()).toOpaque()
        unsafe tensor.pointee.is_own = !storage.isBorrowed
    }

    /// Makes a tensor over memory of C, which must not be used after `owner` loses the right to it. Memory whose
    /// address is no multiple of the element size is copied. Throws `invalidArgument` if the C tensor is not valid.
    init(borrowing tensor: colonnade_tensor, owner: AnyObject) throws(ColonnadeError) {
        var copy = unsafe tensor
        let rank = unsafe copy.rank
        let shape = try unsafe Swift.withUnsafeBytes(of: &copy.shape) { (bytes) throws(ColonnadeError) in
            try unsafe Shape.read(bytes.bindMemory(to: Int64.self).baseAddress, rank)
        }
        let dtype = try DType(number: unsafe copy.dtype)
        let size = unsafe copy.byte_count / dtype.size
        guard let count = Tensor.checkedElementCount(of: shape),
            unsafe count == size && size * dtype.size == copy.byte_count
        else {
            throw ColonnadeError(
                .invalidArgument, "\(unsafe copy.byte_count) bytes are not \(dtype.name)\(shape)")
        }
        let bytes = unsafe UnsafeRawBufferPointer(start: copy.data, count: copy.byte_count)
        guard Int(bitPattern: bytes.baseAddress) % dtype.size == 0 else {
            self = unsafe Tensor(dtype: dtype, shape: shape) { unsafe $0.copyMemory(from: bytes) }
            return
        }
        self = unsafe Tensor(
            dtype: dtype, shape: shape, storage: TensorStorage(borrowing: bytes, owner: owner))
    }
}

extension Tensor {
    /// Returns a copy of the tensor with memory of its own. Throws `outOfMemory`.
    func copied() throws(ColonnadeError) -> Tensor {
        let storage = try TensorStorage.allocate(byteCount: byteCount)
        unsafe withUnsafeBytes { unsafe storage.mutableBytes.copyMemory(from: $0) }
        return Tensor(dtype: dtype, shape: shape, storage: storage)
    }
}
