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
    private let pass: PassContext
    private let executed = Monitor<[Int: ExecutedRows]>([:])

    /// - Parameter count: the number of parts that belong to the rows.
    init(
        _ parts: [RowPlan], _ starts: [Int], count: Int, _ schema: Schema, _ stored: StoredParts?, _ pass: PassContext
    ) {
        self.parts = parts
        self.starts = starts
        self.count = count
        self.schema = schema
        self.stored = stored
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
        if let together = try gathered(rows, requests) { return together }
        // Which of the rows, by the part that they are in.
        var places: [Int: [Int]] = [:]
        for (place, row) in rows.enumerated() { places[part(of: row), default: []].append(place) }
        if places.count == 1, let only = places.keys.first {
            return try executedRows(ofPart: only).stacked(rows.map { $0 - starts[only] }, requests)
        }
        var found: [(places: [Int], tensors: [Tensor])] = []
        for part in places.keys.sorted() {
            let own = places[part] ?? []
            found.append((own, try executedRows(ofPart: part).stacked(own.map { rows[$0] - starts[part] }, requests)))
        }
        return try requests.indices.map { (slot) throws(ColonnadeError) in
            try Stacking.merge(
                found.map { ($0.places, $0.tensors[slot]) }, count: rows.count, padding: requests[slot].padding,
                from: pass.pool, key: schema[requests[slot].column].name)
        }
    }

    /// Gathers rows of several files at once; nil where that is impossible, or where reading part by part gives the error.
    private func gathered(_ rows: [Int], _ requests: [ColumnRequest]) throws(ColonnadeError) -> [Tensor]? {
        guard count > 1, !rows.isEmpty,
            let gather = try batches(of: rows.count, requests, isCheckedMeanwhile: false)
        else { return nil }
        var scratch = BatchScratch()
        scratch.rows = rows
        var result: [Tensor]?
        guard case .made = try gather.batches(&scratch, count: rows.count, { result = $0 }) else { return nil }
        return result
    }

    func batches(
        of size: Int, _ requests: [ColumnRequest], isCheckedMeanwhile: Bool
    ) throws(ColonnadeError) -> BatchGather? {
        guard let stored, let own = stored.requests(requests) else { return nil }
        return try BatchGather(
            stored.datasets, batchesOf: size, own, from: pass.pool, isCheckedMeanwhile: isCheckedMeanwhile)
    }

    func values(_ row: Int, _ columns: [Int]) throws(ColonnadeError) -> [Tensor] {
        let part = part(of: row)
        return try executedRows(ofPart: part).values(row - starts[part], columns)
    }

    func shape(_ row: Int, _ column: Int) throws(ColonnadeError) -> [Int]? {
        let part = part(of: row)
        return try executedRows(ofPart: part).shape(row - starts[part], column)
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

    var isLargerThanMemory: Bool {
        if let stored { return stored.datasets.isLargerThanMemory }
        return parts[..<count].contains(where: \.isLargerThanMemory)
    }

    func expect(_ rows: [Int], _ columns: [Int]) {
        for row in rows {
            let part = part(of: row)
            // An error of a part is thrown when its rows are read.
            (try? executedRows(ofPart: part))?.expect([row - starts[part]], columns)
        }
    }

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

extension RowPlan {
    /// Whether a file that samples come from does not fit in memory.
    fileprivate var isLargerThanMemory: Bool {
        if let rows = source as? StoredRows { return rows.isLargerThanMemory }
        return source.parts.contains(where: \.isLargerThanMemory)
    }
}
