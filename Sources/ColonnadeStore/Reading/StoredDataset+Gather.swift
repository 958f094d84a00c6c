// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

extension StoredDataset {
    /// Copies rows into one tensor for each column, with a leading dimension. Rows may be in any order and occur
    /// several times.
    ///
    /// Ragged rows, bytes and strings are padded with zeros at the end of each dimension to the longest of the rows.
    ///
    /// - Parameters:
    ///   - rows: the row numbers; traps if one is out of range.
    ///   - columnIndices: the indices of the columns in the schema.
    /// - Throws: `corruptFile` with the row and column, or with the file if it was truncated; `invalidArgument` if a
    ///   padded tensor would be far larger than its rows.
    public func gather(rows: [Int], columns columnIndices: [Int]) throws(ColonnadeError) -> [Tensor] {
        try gather(rows: rows, columns: columnIndices, from: TensorPool(keeping: 0))
    }

    /// Copies rows as `gather(rows:columns:)` does, into memory of a pool.
    package func gather(
        rows: [Int], columns columnIndices: [Int], from pool: TensorPool
    ) throws(ColonnadeError) -> [Tensor] {
        let requests = columnIndices.map { ColumnRequest(column: $0) }
        return try BlockGather(self, requests, batchesOf: rows.count, from: pool).batch(of: rows)
    }
}
