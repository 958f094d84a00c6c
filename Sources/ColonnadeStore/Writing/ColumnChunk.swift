// SPDX-License-Identifier: Apache-2.0

/// Consecutive rows of one column, on their way into a data set.
public struct ColumnChunk: Sendable, Equatable {
    /// The elements, row after row, little-endian.
    public var values: [UInt8]
    /// Of a ragged, bytes or string column: where each row ends in `values`, in bytes. Empty for a fixed column.
    public var ends: [Int]
    /// Of a column with two or more varying dimensions: those dimensions, row after row, outermost first. Else empty.
    public var dimensions: [Int]

    public init(values: [UInt8] = [], ends: [Int] = [], dimensions: [Int] = []) {
        self.values = values
        self.ends = ends
        self.dimensions = dimensions
    }
}

/// Consecutive rows of all columns of a schema, in its order.
public struct RecordChunk: Sendable, Equatable {
    public var rowCount: Int
    public var columns: [ColumnChunk]

    public init(rowCount: Int, columns: [ColumnChunk]) {
        self.rowCount = rowCount
        self.columns = columns
    }
}
