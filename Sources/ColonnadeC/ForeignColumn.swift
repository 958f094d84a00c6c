// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import Colonnade
internal import ColonnadeCore

/// Makes tensors over columns in the caller's memory.
enum ForeignColumn {
    static func read(
        _ column: colonnade_column, count: Int, _ owner: ForeignOwner
    ) throws(ColonnadeError) -> (Field, RowColumn) {
        let field = try unsafe Field(column.field)
        if let data = unsafe column.data {
            guard let shape = field.fixedShape, let elements = Tensor.checkedElementCount(of: [count] + shape) else {
                throw ColonnadeError(
                    .invalidArgument,
                    "\"\(field.name)\" is \(field.typeDescription): rows in one piece have a fixed shape")
            }
            let bytes = unsafe UnsafeRawBufferPointer(start: data, count: elements * field.dtype.size)
            return (field, .whole(try unsafe tensor(field, [count] + shape, bytes, owner)))
        }
        guard let rows = unsafe column.rows else {
            throw ColonnadeError(
                .invalidArgument, "\"\(field.name)\" has neither its rows in one piece nor each by itself")
        }
        var tensors: [Tensor] = []
        tensors.reserveCapacity(count)
        let fixed = field.fixedShape
        let rank = field.shape.count
        for row in 0..<count {
            let shape: [Int]
            if let shapes = unsafe column.shapes {
                shape = (0..<rank).map { unsafe Int(shapes[row * rank + $0]) }
            } else if let fixed {
                shape = fixed
            } else {
                throw ColonnadeError(
                    .invalidArgument, "\"\(field.name)\" is \(field.typeDescription): its rows need shapes")
            }
            guard let elements = Tensor.checkedElementCount(of: shape) else {
                throw ColonnadeError(
                    .invalidArgument, "\(shape) is not a shape", at: .sample(row: row, key: field.name))
            }
            let bytes = unsafe UnsafeRawBufferPointer(start: rows[row], count: elements * field.dtype.size)
            tensors.append(try unsafe tensor(field, shape, bytes, owner))
        }
        return (field, .rows(tensors))
    }

    /// Returns a view of the bytes, or a copy if they are not aligned.
    private static func tensor(
        _ field: Field, _ shape: [Int], _ bytes: UnsafeRawBufferPointer, _ owner: ForeignOwner
    ) throws(ColonnadeError) -> Tensor {
        guard Int(bitPattern: bytes.baseAddress) % field.dtype.size == 0 else {
            return unsafe Tensor(dtype: field.dtype, shape: shape) { unsafe $0.copyMemory(from: bytes) }
        }
        return unsafe Tensor(
            dtype: field.dtype, shape: shape, storage: TensorStorage(borrowing: bytes, owner: owner))
    }
}
