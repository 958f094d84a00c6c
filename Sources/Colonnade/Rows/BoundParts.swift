// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// Appended buffers made ready for one epoch: each when a row of it is first asked for.
final class BoundParts: BoundRows {
    private let parts: [RowPlan]
    /// The first index of each part, and the end of the last one.
    private let starts: [Int]
    private let count: Int
    private let schema: Schema
    private let stored: StoredParts?
    let isLargerThanMemory: Bool
    private let pass: PassContext
    private let executed = Monitor<[Int: ExecutedRows]>([:])

    /// - Parameters:
    ///   - count: the number of parts that belong to the rows.
    ///   - isLargerThanMemory: whether the files of these parts exceed memory together.
    init(
        _ parts: [RowPlan], _ starts: [Int], count: Int, _ schema: Schema, _ stored: StoredParts?,
        isLargerThanMemory: Bool, _ pass: PassContext
    ) {
        self.parts = parts
        self.starts = starts
        self.count = count
        self.schema = schema
        self.stored = stored
        self.isLargerThanMemory = isLargerThanMemory
        self.pass = pass
    }

    /// Returns the part that has a row. O(log parts).
    private func part(of row: Int) -> Int { (0..<count).lastByBisection { starts[$0] <= row } }

    private func executedRows(ofPart part: Int) throws(ColonnadeError) -> ExecutedRows {
        if let rows = executed.withLock({ $0[part] }) { return rows }
        let rows = try RowExecutor(parts[part], pass).items
        return executed.withLock { executed in
            let first = executed[part] ?? rows
            executed[part] = first
            return first
        }
    }

    // MARK: Rows

    func stacked(_ rows: [Int], _ requests: [ColumnRequest]) throws(ColonnadeError) -> [Tensor] {
        if let gather = gather(requests, batchesOf: rows.count) { return try gather.batch(of: rows) }
        var indicesOfPart: [Int: [Int]] = [:]
        for (index, row) in rows.enumerated() { indicesOfPart[part(of: row), default: []].append(index) }
        if indicesOfPart.count == 1, let only = indicesOfPart.keys.first {
            return try executedRows(ofPart: only).stacked(rows.map { $0 - starts[only] }, requests)
        }
        var values = [[Tensor?]](repeating: [Tensor?](repeating: nil, count: rows.count), count: requests.count)
        for (part, indices) in indicesOfPart.sorted(by: { $0.key < $1.key }) {
            let tensors = try executedRows(ofPart: part).stacked(
                indices.map { rows[$0] - starts[part] }, requests.map(\.padded))
            for (slot, tensor) in tensors.enumerated() {
                for (row, index) in indices.enumerated() { values[slot][index] = tensor[row] }
            }
        }
        return try zip(requests, values).map { (request, values) throws(ColonnadeError) in
            try PaddedRows(values.compactMap { $0 }, as: schema[request.column], number: { rows[$0] }).stacked(
                padding: request.padding, from: pass.pool)
        }
    }

    func gather(_ requests: [ColumnRequest], batchesOf size: Int) -> BlockGather? {
        stored?.gather(requests, batchesOf: size, from: pass.pool)
    }

    func values(_ row: Int, _ columns: [Int]) throws(ColonnadeError) -> [Tensor] {
        let part = part(of: row)
        return try executedRows(ofPart: part).values(row - starts[part], columns)
    }

    func shape(_ row: Int, _ column: Int) throws(ColonnadeError) -> [Int]? {
        let part = part(of: row)
        return try executedRows(ofPart: part).shape(row - starts[part], column)
    }

    func entryPoints(_ row: Int, _ column: Int) throws(ColonnadeError) -> Tensor? {
        let part = part(of: row)
        return try executedRows(ofPart: part).entryPoints(row - starts[part], column)
    }

    func mapped(_ rows: Range<Int>, _ column: Int) throws(ColonnadeError) -> Tensor? {
        let part = part(of: rows.lowerBound)
        guard rows.upperBound <= starts[part + 1] else { return nil }
        let first = starts[part]
        return try executedRows(ofPart: part).mapped(rows.lowerBound - first..<rows.upperBound - first, column)
    }

    // MARK: Files

    func checkIntact() throws(ColonnadeError) {
        if let stored { return try stored.datasets.checkIntact() }
        // No row of the other parts was read.
        for rows in executed.withLock({ Array($0.values) }) { try rows.checkIntact() }
    }

    func checkIntact(_ row: Int) throws(ColonnadeError) {
        if let stored { return try stored.datasets.checkIntact(CollectionOfOne(row)) }
        let part = part(of: row)
        try executed.withLock { $0[part] }?.checkIntact(row - starts[part])
    }

    func checkCompletely() throws(ColonnadeError) {
        if let stored { return try stored.datasets.checkCompletely() }
        for rows in executed.withLock({ Array($0.values) }) { try rows.checkCompletely() }
    }

    var areInManyFiles: Bool { true }

    func expect(_ rows: [Int], _ columns: [Int]) {
        for row in rows {
            let part = part(of: row)
            // An error of a part is thrown when its rows are read.
            (try? executedRows(ofPart: part))?.expect([row - starts[part]], columns)
        }
    }

    func expect(block: Range<Int>, _ columns: [Int], _ requested: RequestedPart) {
        var row = block.lowerBound
        while row < block.upperBound {
            let part = part(of: row)
            let (first, end) = (starts[part], min(block.upperBound, starts[part + 1]))
            (try? executedRows(ofPart: part))?.expect(block: row - first..<end - first, columns, requested)
            row = end
        }
    }

    func needsWarming(_ columns: [Int]) -> Bool { stored?.needsWarming(columns) ?? !isLargerThanMemory }

    func warm(_ columns: [Int], while isWanted: () -> Bool) {
        if let stored { return stored.warm(columns, while: isWanted) }
        for part in 0..<count where isWanted() { (try? executedRows(ofPart: part))?.warm(columns, while: isWanted) }
    }

    /// Rows that are not gathered from all files at once are checked as they are read.
    var isCheckedMeanwhile: Bool { stored?.isCheckedMeanwhile ?? false }

    func finishChecks(_ columns: [Int], while isWanted: () -> Bool) throws(ColonnadeError) -> Bool {
        try stored?.finishChecks(columns, while: isWanted) ?? true
    }
}
