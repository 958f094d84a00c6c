// SPDX-License-Identifier: Apache-2.0
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CColonnade
internal import Colonnade
internal import ColonnadeCore

@c @implementation
public func colonnade_get_column(
    _ pipeline: OpaquePointer, _ field: Int, _ tensor: UnsafeMutablePointer<colonnade_tensor>,
    _ stride: UnsafeMutablePointer<Int64>, _ error: UnsafeMutablePointer<colonnade_error>?
) -> Int32 {
    let done: Void? = unsafe Failure.caught(error) { () throws(ColonnadeError) in
        let pipeline = unsafe Handle.pipeline(pipeline)
        guard case .buffer(let buffer) = pipeline.contents else {
            throw ColonnadeError(.invalidArgument, "a stream has no columns: only buffers have")
        }
        guard buffer.schema.indices.contains(field) else {
            throw ColonnadeError(.outOfRange, "field \(field) is out of range (0..<\(buffer.schema.count))")
        }
        var column = try buffer.stridedColumn(buffer.schema[field].name)
        if column.storage.isLent, pipeline.isCopying {
            column = StridedColumn(try buffer.column(buffer.schema[field].name).copied())
        }
        try unsafe column.put(in: tensor)
        unsafe stride.pointee = Int64(column.stride)
    }
    return done == nil ? -1 : 0
}

extension StridedColumn {
    /// Stores the column in a structure of C, with an owner for C. Throws `invalidArgument` for too many dimensions.
    fileprivate func put(in tensor: UnsafeMutablePointer<colonnade_tensor>) throws(ColonnadeError) {
        let rank = try Shape.rank(shape)
        let count = shape[0]
        unsafe tensor.pointee.dtype = Int32(dtype.rawValue)
        unsafe tensor.pointee.rank = rank
        unsafe Shape.put(shape, in: &tensor.pointee.shape)
        unsafe tensor.pointee.data = storage.mutableBytes.baseAddress.map { unsafe $0 + byteOffset }
        unsafe tensor.pointee.byte_count = count == 0 ? 0 : (count - 1) * stride + rowBytes
        unsafe tensor.pointee.owner = Unmanaged.passRetained(storage).toOpaque()
        unsafe tensor.pointee.is_own = !storage.isBorrowed
    }
}
