// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The shapes of ragged rows, as the lists of each dimension.
struct ArrowRowShapes {
    enum Level {
        /// This number of lists of one size.
        case fixed(Int)
        /// The end of each list.
        case varying([Int])
    }

    private let field: Field
    /// The varying dimensions of each row.
    private let varying: [Int]
    private let rows: Int
    /// The most lists of one dimension: rows without elements may claim any number of them, and each list takes 8 bytes.
    private let mostLists: Int

    init(_ field: Field, _ chunk: ColumnChunk, rows: Int) {
        self.field = field
        self.rows = rows
        mostLists = max(1 << 20, rows.saturatingProduct(64)).saturatingSum(chunk.byteCount / field.dtype.size)
        if field.varyingCount > 1 {
            varying = chunk.dimensions
        } else {
            let step = max(1, field.fixedElementCount * field.dtype.size)
            varying = chunk.ends.indices.map { (chunk.ends[$0] - ($0 == 0 ? 0 : chunk.ends[$0 - 1])) / step }
        }
    }

    /// Returns the lists of a dimension. Throws `invalidArgument` for too many.
    func level(_ dimension: Int) throws(ColonnadeError) -> Level {
        let count = field.varyingCount
        var ends: [Int] = []
        var total = 0
        var end = 0
        for row in 0..<rows {
            var sizes = varying[row * count..<(row + 1) * count]
            var lists = 1
            for size in field.shape[..<dimension] { lists = lists.saturatingProduct(size ?? sizes.removeFirst()) }
            total = total.saturatingSum(lists)
            guard total <= mostLists else {
                throw ColonnadeError(
                    .invalidArgument,
                    "\"\(field.name)\" has rows of too many lists for a record batch: export it without them")
            }
            guard field.shape[dimension] == nil else { continue }
            let size = sizes.removeFirst()
            for _ in 0..<lists {
                end += size
                ends.append(end)
            }
        }
        return field.shape[dimension] == nil ? .varying(ends) : .fixed(total)
    }
}
