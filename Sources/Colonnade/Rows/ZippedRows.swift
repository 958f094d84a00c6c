// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The samples of several buffers, combined: each sample has the keys of all buffers.
struct ZippedRows: RowSource {
    let inputs: [RowPlan]
    let schema: Schema
    let count: Int
    let nodeCount: Int

    /// Combines sources, up to the end of the shortest one. Throws `invalidArgument` if two sources have a key in
    /// common.
    init(_ inputs: [RowPlan]) throws(ColonnadeError) {
        for input in inputs { try input.checkDepth() }
        schema = try Schema(inputs.flatMap(\.schema.fields))
        nodeCount = inputs.reduce(1) { $0.saturatingSum($1.nodeCount) }
        let shortest = inputs.map(\.count).min() ?? 0
        count = shortest
        // For a longer source this is a selection.
        self.inputs = inputs.map { $0.count == shortest ? $0 : $0.frozen() }
    }

    var name: String { "zip" }
    var identity: UInt64 { inputs.reduce(2) { Fingerprint.mix($0, $1.identity) } }
    var orders: UInt64 { inputs.reduce(2) { Fingerprint.mix($0, $1.fingerprint(isOutside: false)) } }
    var promises: [String] { Set(inputs.flatMap(\.promises)).sorted() }
    var label: String { inputs.map(\.label).joined(separator: " beside ") }

    func hasEntryPoints(ofColumn index: Int) -> Bool {
        var first = 0
        for input in inputs {
            if index < first + input.schema.count { return input.hasEntryPoints(ofOutput: index - first) }
            first += input.schema.count
        }
        return false
    }

    func bound(_ pass: PassContext) throws(ColonnadeError) -> any BoundRows {
        Bound(
            inputs: try inputs.map { (input) throws(ColonnadeError) in try RowExecutor(input, pass.untimed).items },
            isLargerThanMemory: filesExceedMemory)
    }

    private struct Bound: BoundRows {
        let inputs: [ExecutedRows]
        let isLargerThanMemory: Bool

        /// Returns each input with its requests, and their indices among all requests.
        private func split<Request>(
            _ requests: [Request], _ column: WritableKeyPath<Request, Int>
        ) -> [(input: ExecutedRows, requests: [Request], places: [Int])] {
            var first = 0
            var result: [(input: ExecutedRows, requests: [Request], places: [Int])] = []
            for input in inputs {
                let columns = first..<first + input.executor.schema.count
                let places = requests.indices.filter { columns.contains(requests[$0][keyPath: column]) }
                if !places.isEmpty {
                    result.append(
                        (
                            input,
                            places.map { place in
                                var request = requests[place]
                                request[keyPath: column] -= columns.lowerBound
                                return request
                            }, places
                        ))
                }
                first = columns.upperBound
            }
            return result
        }

        func stacked(_ rows: [Int], _ requests: [ColumnRequest]) throws(ColonnadeError) -> [Tensor] {
            var result = [Tensor?](repeating: nil, count: requests.count)
            for (input, columns, places) in split(requests, \.column) {
                for (place, tensor) in zip(places, try input.stacked(rows, columns)) { result[place] = tensor }
            }
            return result.compactMap { $0 }
        }

        func values(_ row: Int, _ columns: [Int]) throws(ColonnadeError) -> [Tensor] {
            var result = [Tensor?](repeating: nil, count: columns.count)
            for (input, columns, places) in split(columns, \.self) {
                for (place, tensor) in zip(places, try input.values(row, columns)) { result[place] = tensor }
            }
            return result.compactMap { $0 }
        }

        func shape(_ row: Int, _ column: Int) throws(ColonnadeError) -> [Int]? {
            let (input, columns, _) = split([column], \.self)[0]
            return try input.shape(row, columns[0])
        }

        func entryPoints(_ row: Int, _ column: Int) throws(ColonnadeError) -> Tensor? {
            let (input, columns, _) = split([column], \.self)[0]
            return try input.entryPoints(row, columns[0])
        }

        func mapped(_ rows: Range<Int>, _ column: Int) throws(ColonnadeError) -> Tensor? {
            let (input, columns, _) = split([column], \.self)[0]
            return try input.mapped(rows, columns[0])
        }

        func needsWarming(_ columns: [Int]) -> Bool {
            !isLargerThanMemory && inputs.contains { $0.needsWarming(columns) }
        }

        func warm(_ columns: [Int], while isWanted: () -> Bool) {
            for input in inputs { input.warm(columns, while: isWanted) }
        }

        var isCheckedMeanwhile: Bool { inputs.contains { $0.isCheckedMeanwhile } }

        func finishChecks(_ columns: [Int], while isWanted: () -> Bool) throws(ColonnadeError) -> Bool {
            for input in inputs where try !input.finishChecks(columns, while: isWanted) { return false }
            return true
        }

        func expect(_ rows: [Int], _ columns: [Int]) {
            for input in inputs { input.expect(rows, []) }
        }

        func expect(block: Range<Int>, _ columns: [Int], _ part: RequestedPart) {
            for input in inputs { input.expect(block: block, [], part) }
        }

        func key(_ row: Int) -> Int { inputs[0].key(row) }

        func checkIntact() throws(ColonnadeError) {
            for input in inputs { try input.checkIntact() }
        }

        func checkIntact(_ row: Int) throws(ColonnadeError) {
            for input in inputs { try input.checkIntact(row) }
        }

        func checkCompletely() throws(ColonnadeError) {
            for input in inputs { try input.checkCompletely() }
        }

        var areInManyFiles: Bool { inputs.contains { $0.areInManyFiles } }
    }
}
