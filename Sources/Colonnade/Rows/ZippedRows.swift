// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The samples of several buffers, combined: each sample has the keys of all buffers.
struct ZippedRows: RowSource {
    let parts: [RowPlan]
    let schema: Schema
    let count: Int
    let nodeCount: Int

    /// Combines sources, up to the end of the shortest one. Throws `invalidArgument` if two sources have a key in
    /// common.
    init(_ parts: [RowPlan]) throws(ColonnadeError) {
        for part in parts { try part.checkDepth() }
        schema = try Schema(parts.flatMap(\.schema.fields))
        nodeCount = parts.reduce(1) { $0.saturatingSum($1.nodeCount) }
        let least = parts.map(\.count).min() ?? 0
        count = least
        // For a longer source this is a selection.
        self.parts = parts.map { $0.count == least ? $0 : $0.frozen() }
    }

    var name: String { "zip" }
    var identity: UInt64 { parts.reduce(2) { Fingerprint.mix($0, $1.identity) } }
    var orders: UInt64 { parts.reduce(2) { Fingerprint.mix($0, $1.fingerprint(isOutside: false)) } }
    var promises: [String] { Set(parts.flatMap(\.promises)).sorted() }
    var label: String { parts.map(\.label).joined(separator: " beside ") }

    func bound(_ pass: PassContext) throws(ColonnadeError) -> any BoundRows {
        Bound(
            parts: try parts.map { (part) throws(ColonnadeError) in try RowExecutor(part, pass.untimed).items })
    }

    private struct Bound: BoundRows {
        let parts: [ExecutedRows]

        /// Returns each part with its requests, and their indices among all requests.
        private func split<Request>(
            _ requests: [Request], _ column: WritableKeyPath<Request, Int>
        ) -> [(part: ExecutedRows, requests: [Request], places: [Int])] {
            var first = 0
            var result: [(part: ExecutedRows, requests: [Request], places: [Int])] = []
            for part in parts {
                let own = first..<first + part.executor.schema.count
                let places = requests.indices.filter { own.contains(requests[$0][keyPath: column]) }
                if !places.isEmpty {
                    result.append(
                        (
                            part,
                            places.map { place in
                                var request = requests[place]
                                request[keyPath: column] -= own.lowerBound
                                return request
                            }, places
                        ))
                }
                first = own.upperBound
            }
            return result
        }

        func stacked(_ rows: [Int], _ requests: [ColumnRequest]) throws(ColonnadeError) -> [Tensor] {
            var result = [Tensor?](repeating: nil, count: requests.count)
            for (part, own, places) in split(requests, \.column) {
                for (place, tensor) in zip(places, try part.stacked(rows, own)) { result[place] = tensor }
            }
            return result.compactMap { $0 }
        }

        func values(_ row: Int, _ columns: [Int]) throws(ColonnadeError) -> [Tensor] {
            var result = [Tensor?](repeating: nil, count: columns.count)
            for (part, own, places) in split(columns, \.self) {
                for (place, tensor) in zip(places, try part.values(row, own)) { result[place] = tensor }
            }
            return result.compactMap { $0 }
        }

        func shape(_ row: Int, _ column: Int) throws(ColonnadeError) -> [Int]? {
            let (part, own, _) = split([column], \.self)[0]
            return try part.shape(row, own[0])
        }

        func mapped(_ rows: Range<Int>, _ column: Int) throws(ColonnadeError) -> Tensor? {
            let (part, own, _) = split([column], \.self)[0]
            return try part.mapped(rows, own[0])
        }

        func needsWarming(_ columns: [Int]) -> Bool { parts.contains { $0.needsWarming(columns) } }

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
            for part in parts { part.expect(rows, []) }
        }

        func key(_ row: Int) -> Int { parts[0].key(row) }

        func checkIntact() throws(ColonnadeError) {
            for part in parts { try part.checkIntact() }
        }

        func checkIntact(_ row: Int) throws(ColonnadeError) {
            for part in parts { try part.checkIntact(row) }
        }
    }
}
