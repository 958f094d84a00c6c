// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The rows of one column of one batch: where they lie, and which are missing. The initialiser checks all offsets and finds
/// missing rows; elements are checked when rows are taken.
struct ArrowRows {
    let column: ArrowColumn
    let source: String
    /// Rows of the stream before this batch.
    let firstRow: Int
    let count: Int
    /// Notes a missing value that has no fill, before the error is thrown.
    private let gaps: ArrowGaps?

    /// The array of the elements.
    private(set) var leaf: ArrowNode
    private(set) var bounds: RowBounds
    private(set) var missing = MissingRows()
    private(set) var hasMissingElements = false
    /// The bounds of rows in the buffer, for text and bytes that lie in one buffer.
    private(set) var dataEnds: [Int] = []
    var dictionary: ArrowDictionary?

    /// The ends of rows in the output, in bytes, and their dimensions; empty as in a `ColumnChunk`.
    private(set) var ends: [Int] = []
    private(set) var dimensions: [Int] = []

    /// Finds the rows of a column. Throws `invalidSource` with row and column for a missing value without a fill, for lists
    /// whose lengths differ where they must not, and for arrays that break the rules of Arrow.
    init(
        _ column: ArrowColumn, of batch: ArrowBatch, source: String, firstRow: Int, gaps: ArrowGaps? = nil
    ) throws(ColonnadeError) {
        self.gaps = gaps
        self.column = column
        self.source = source
        self.firstRow = firstRow
        let root = try batch.root(columns: column.steps[0].count)
        count = root.length
        leaf = root
        bounds = RowBounds(from: root.offset)
        try descend()
        var lengths: [[Int]] = []
        for depth in column.levels.indices {
            if depth > 0 { try refuseMissingLists() }
            lengths += try enter(column.levels[depth], depth: depth).map { [$0] } ?? []
        }
        if !column.levels.isEmpty { try noteMissingElements() }
        try measure()
        if column.field.varyingCount > 1 {
            dimensions.reserveCapacity(count * lengths.count)
            for row in 0..<count {
                for level in lengths { dimensions.append(level[row]) }
            }
        }
    }

    // MARK: Down to the elements

    /// Moves `leaf` down through structs.
    private mutating func descend() throws(ColonnadeError) {
        for (index, step) in column.steps.enumerated() {
            try noteMissingRows()
            let isLast = index + 1 == column.steps.count
            let next = column.levels.first
            leaf = try leaf.child(
                step.child, isLast ? next?.type ?? column.leafType : .structure,
                children: isLast ? (next == nil ? 0 : 1) : column.steps[index + 1].count,
                hasDictionary: isLast && next == nil && column.hasDictionary, atLeast: bounds[count])
            bounds = RowBounds(from: leaf.offset + bounds[0])
        }
        try noteMissingRows()
    }

    /// Moves `leaf` into its lists, and notes the length of each row's lists if that varies.
    private mutating func enter(_ level: ArrowColumn.Level, depth: Int) throws(ColonnadeError) -> [Int]? {
        let next = depth + 1 < column.levels.count ? column.levels[depth + 1] : nil
        func child(atLeast length: Int) throws(ColonnadeError) -> ArrowNode {
            try leaf.child(
                0, next?.type ?? column.leafType, children: next == nil ? 0 : 1,
                hasDictionary: next == nil && column.hasDictionary, atLeast: length)
        }
        switch level {
        case .fixed(let size):
            guard let length = bounds.scaled(by: size, from: 0, rows: count)?[count] else {
                throw ArrowNode.fault("\(count) lists of \(size) elements do not fit in memory")
            }
            let inner = try child(atLeast: length)
            guard let scaled = bounds.scaled(by: size, from: inner.offset, rows: count) else {
                throw ArrowNode.fault("a child has an offset of \(inner.offset)")
            }
            (leaf, bounds) = (inner, scaled)
            return nil
        case .list(_, let length):
            let inner = try child(atLeast: 0)
            let range = bounds.range(0..<count)
            let offsets = try leaf.ends(range, limit: inner.length)
            let lengths = try lengths(of: offsets, from: range.lowerBound, wanted: length, isRow: depth == 0)
            bounds = RowBounds((0...count).map { offsets[bounds[$0] - range.lowerBound] + inner.offset })
            leaf = inner
            return length == nil ? lengths : nil
        }
    }

    /// Returns the length of each row's lists, which must be the same within a row.
    private func lengths(
        of offsets: [Int], from first: Int, wanted: Int?, isRow: Bool
    ) throws(ColonnadeError) -> [Int] {
        if isRow, wanted == nil, missing.isEmpty { return zip(offsets.dropFirst(), offsets).map { $0 - $1 } }
        var lengths: [Int] = []
        lengths.reserveCapacity(count)
        for row in 0..<count {
            guard !missing.contains(row) else {
                lengths.append(0)
                continue
            }
            let lists = bounds[row] - first..<bounds[row + 1] - first
            let length = wanted ?? lists.first.map { offsets[$0 + 1] - offsets[$0] } ?? 0
            for list in lists where offsets[list + 1] - offsets[list] != length {
                let other = offsets[list + 1] - offsets[list]
                throw column.fault(
                    wanted == nil
                        ? "lists side by side have \(length) and \(other) elements, and a tensor is rectangular: pad them to "
                            + "one length first"
                        : "a list has \(other) elements where the shape of the column has \(length): correct it, or give "
                            + "the column no shape",
                    source: source, row: firstRow + row)
            }
            lengths.append(length)
        }
        return lengths
    }

    // MARK: Missing rows

    private func gap(_ row: Int, _ what: String = "the value is") -> ColonnadeError {
        let error = column.missing(source: source, row: firstRow + row, what: what)
        gaps?.note(column, row: firstRow + row, error)
        return error
    }

    private mutating func noteMissingRows() throws(ColonnadeError) {
        var rest = 0..<count
        while let place = leaf.firstNull(in: bounds.range(rest)) {
            let row = place - bounds[0]
            guard column.fill != nil else { throw gap(row) }
            missing.insert(row, of: count)
            rest = row + 1..<count
        }
    }

    private func refuseMissingLists() throws(ColonnadeError) {
        try missing.runs(of: 0..<count) { (rows, isMissing) throws(ColonnadeError) in
            guard !isMissing, let place = leaf.firstNull(in: bounds.range(rows)) else { return }
            throw gap(bounds.row(of: place, rows: count), "a list in the value is")
        }
    }

    private mutating func noteMissingElements() throws(ColonnadeError) {
        var hasGap = false
        try missing.runs(of: 0..<count) { (rows, isMissing) throws(ColonnadeError) in
            guard !isMissing, let place = leaf.firstNull(in: bounds.range(rows)) else { return }
            guard column.fill != nil else {
                throw gap(bounds.row(of: place, rows: count), "an element is")
            }
            hasGap = true
        }
        if hasGap { hasMissingElements = true }
    }

    /// Whether the index, or the value that it stands for, is missing.
    mutating func noteMissing(_ row: Int, isElement: Bool) throws(ColonnadeError) {
        guard column.fill != nil else {
            throw gap(row, isElement ? "an element is" : "the value is")
        }
        if isElement { hasMissingElements = true } else { missing.insert(row, of: count) }
    }

    // MARK: How large rows are

    private mutating func measure() throws(ColonnadeError) {
        switch column.leaf {
        case .bytes(let type):
            let places = bounds.range(0..<count)
            var sizes: [Int] = []
            if case .bytes = type {
                dataEnds = try leaf.ends(places, limit: .max)
                sizes = zip(dataEnds.dropFirst(), dataEnds).map { $0 - $1 }
            } else {
                for row in 0..<count {
                    sizes.append(missing.contains(row) ? 0 : try leaf.viewLength(places.lowerBound + row))
                }
            }
            ends = try sums { sizes[$0] }
        case .dictionary(let index, let type, let use):
            let indices = try readDictionary(index, type, use)
            if column.isVariable {
                ends = try sums { row in dictionary?.byteCount(indices[row]) ?? 0 }
            } else if column.field.isRagged {
                ends = try sums { bounds[$0 + 1] - bounds[$0] }
            }
        default:
            if column.field.isRagged { ends = try sums { bounds[$0 + 1] - bounds[$0] } }
        }
    }

    /// Returns the ends of rows, from the sizes in elements of the rows that are not missing.
    private func sums(_ size: (Int) -> Int) throws(ColonnadeError) -> [Int] {
        let width = column.isVariable ? 1 : column.width
        let fillSize = column.isVariable ? column.fill?.count ?? 0 : 0
        var (sums, sum) = ([Int](), 0)
        sums.reserveCapacity(count)
        for row in 0..<count {
            let isMissing = missing.contains(row)
            let (bytes, overflow) = (isMissing ? 0 : size(row)).multipliedReportingOverflow(by: width)
            let (next, isTooMuch) = sum.addingReportingOverflow(isMissing ? fillSize : bytes)
            guard !overflow, !isTooMuch else { throw ArrowNode.fault("its rows are larger than memory") }
            sum = next
            sums.append(sum)
        }
        return sums
    }
}
