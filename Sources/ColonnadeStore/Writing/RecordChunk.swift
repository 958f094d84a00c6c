// SPDX-License-Identifier: Apache-2.0

/// Consecutive rows of all columns of a schema, in the order of the schema.
public struct RecordChunk: Sendable, Equatable {
    public var rowCount: Int
    public var columns: [ColumnChunk]

    public init(rowCount: Int, columns: [ColumnChunk]) {
        self.rowCount = rowCount
        self.columns = columns
    }
}
