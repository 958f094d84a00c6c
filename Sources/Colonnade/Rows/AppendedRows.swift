// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The samples of several buffers, one buffer after the other.
struct AppendedRows: RowSource {
    let schema: Schema
    let count: Int
    let parts: [Pipeline]
    /// Where each part begins, and where the last ends.
    private let starts: [Int]

    /// Throws `invalidArgument` where they have not the same keys with the same data types and ranks, and where class names
    /// differ unless `rule` allows it.
    init(_ parts: [Pipeline], _ rule: ClassNameRule = .same) throws(ColonnadeError) {
        let join = try SchemaJoin(parts.map(\.schema), rule)
        schema = join.schema
        self.parts = try parts.enumerated().map { (index, part) throws(ColonnadeError) in
            try join.aligned(part, index)
        }
        starts = parts.reduce(into: [0]) { $0.append($0[$0.count - 1] + ($1.count ?? 0)) }
        count = starts[parts.count]
    }

    var identity: UInt64 { parts.reduce(1) { Fingerprint.mix($0, $1.identity) } }
    var orders: UInt64 { parts.reduce(1) { Fingerprint.mix($0, $1.fingerprint(isOutside: false)) } }
    var promises: [String] { Set(parts.flatMap(\.promises)).sorted() }
    var label: String { parts.map(\.label).joined(separator: " + ") }

    func bound(_ pass: PassContext) throws(ColonnadeError) -> any BoundRows {
        Bound(
            parts: try parts.map { (part) throws(ColonnadeError) in try Executor(part, pass.untimed) },
            starts: starts, schema: schema, pool: pass.pool)
    }

    private struct Bound: BoundRows {
        let parts: [Executor]
        let starts: [Int]
        let schema: Schema
        let pool: TensorPool

        private func part(of row: Int) -> Int {
            var low = 0
            var high = parts.count
            while high - low > 1 {
                let middle = (low + high) / 2
                if starts[middle] <= row { low = middle } else { high = middle }
            }
            return low
        }

        func stacked(_ rows: [Int], _ requests: [ColumnRequest]) throws(ColonnadeError) -> [Tensor] {
            // Which of the rows, by the part that they are in.
            var places = [[Int]](repeating: [], count: parts.count)
            for (place, row) in rows.enumerated() { places[part(of: row)].append(place) }
            if let only = places.firstIndex(where: { $0.count == rows.count }) {
                return try parts[only].stacked(rows.map { $0 - starts[only] }, requests)
            }
            var found: [(places: [Int], tensors: [Tensor])] = []
            for (index, places) in places.enumerated() where !places.isEmpty {
                found.append((places, try parts[index].stacked(places.map { rows[$0] - starts[index] }, requests)))
            }
            return try requests.indices.map { (slot) throws(ColonnadeError) in
                try Stacking.merge(
                    found.map { ($0.places, $0.tensors[slot]) }, count: rows.count,
                    padding: requests[slot].padding, from: pool, key: schema[requests[slot].column].name)
            }
        }

        func values(_ row: Int, _ columns: [Int]) throws(ColonnadeError) -> [Tensor] {
            let part = part(of: row)
            return try parts[part].values(row - starts[part], columns)
        }

        func shape(_ row: Int, _ column: Int) throws(ColonnadeError) -> [Int]? {
            let part = part(of: row)
            return try parts[part].shape(row - starts[part], column)
        }

        func checkIntact() throws(ColonnadeError) {
            for part in parts { try part.checkIntact() }
        }

        func warm(_ columns: [Int], while isWanted: () -> Bool) {
            for part in parts { part.warm(columns, while: isWanted) }
        }

        var isCheckedMeanwhile: Bool { parts.contains { $0.isCheckedMeanwhile } }

        func finishChecks(_ columns: [Int], while isWanted: () -> Bool) throws(ColonnadeError) -> Bool {
            for part in parts where try !part.finishChecks(columns, while: isWanted) { return false }
            return true
        }

        var isLargerThanMemory: Bool { parts.contains { $0.isLargerThanMemory } }

        func expect(_ rows: [Int], _ columns: [Int]) {
            for row in rows {
                let part = part(of: row)
                parts[part].expect([row - starts[part]], columns)
            }
        }

        func mapped(_ rows: Range<Int>, _ column: Int) throws(ColonnadeError) -> Tensor? {
            let part = part(of: rows.lowerBound)
            guard rows.upperBound <= starts[part + 1] else { return nil }
            return try parts[part].mapped(rows.lowerBound - starts[part]..<rows.upperBound - starts[part], column)
        }
    }
}
