// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import ColonnadeStore

/// A source of records in memory.
final class MemorySource: RecordSource {
    let name: String
    let schema: Schema
    let rowCount: Int?
    private let count: Int
    var reasons: [String] { schema.map { "\($0.name): \($0.typeDescription), as the test says" } }
    private let columns: [[[UInt8]]]
    private var next = 0

    convenience init(_ columns: [(Field, [[UInt8]])]) throws { try self.init("memory", columns) }

    /// Makes a source of the values of each column, row by row.
    init(_ name: String, _ columns: [(Field, [[UInt8]])], isOpenEnded: Bool = false) throws {
        self.name = name
        schema = try Schema(columns.map(\.0))
        count = columns[0].1.count
        rowCount = isOpenEnded ? nil : count
        self.columns = columns.map(\.1)
    }

    func nextChunk(rowLimit: Int, byteLimit: Int) throws(ColonnadeError) -> RecordChunk? {
        guard next < count else { return nil }
        var chunk = RecordChunk(rowCount: 0, columns: schema.map { _ in ColumnChunk() })
        var bytes = 0
        while next < count, chunk.rowCount < rowLimit {
            bytes += columns.reduce(0) { $0 + $1[next].count }
            if chunk.rowCount > 0, bytes > byteLimit { break }
            for (index, field) in schema.enumerated() {
                chunk.columns[index].values += columns[index][next]
                if field.isRagged { chunk.columns[index].ends.append(chunk.columns[index].values.count) }
            }
            chunk.rowCount += 1
            next += 1
        }
        return chunk
    }
}
