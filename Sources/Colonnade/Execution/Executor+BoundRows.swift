// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// As rows for others: appended, zipped, mixed, batched again.
extension Executor: BoundRows {
    func stacked(_ positions: [Int], _ requests: [ColumnRequest]) throws(ColonnadeError) -> [Tensor] {
        guard let rows, batches == nil else {
            let samples = try positions.map { (position) throws(ColonnadeError) in try make(.position(position)) }
            return try requests.map { (request) throws(ColonnadeError) in
                try Stacking.stack(
                    samples.map { $0.tensors[request.column] }, request.conversion, padding: request.padding,
                    from: pool, key: schema[request.column].name)
            }
        }
        let numbers = positions.map { order[$0] }
        var frame = Frame(self, .numbers(numbers, of: rows), at: .list(positions))
        return try frame.stacked(requests)
    }

    func values(_ position: Int, _ columns: [Int]) throws(ColonnadeError) -> [Tensor] {
        if batches != nil {
            let sample = try make(.position(position))
            return columns.map { sample.tensors[$0] }
        }
        let (set, positions) = rowSet(at: position)
        var frame = Frame(self, set, at: .range(positions))
        return try frame.sample(columns.map { lowering.outputs[$0] })
    }

    func shape(_ position: Int, _ column: Int) throws(ColonnadeError) -> [Int]? {
        guard let rows, batches == nil, let load = lowering.loads.first(where: { $0.slot == lowering.outputs[column] })
        else { return nil }
        return try rows.shape(order[position], load.column)
    }

    func mapped(_ positions: Range<Int>, _ column: Int) throws(ColonnadeError) -> Tensor? {
        guard batches == nil, let load = lowering.loads.first(where: { $0.slot == lowering.outputs[column] }),
            load.conversion == nil, !load.asRows
        else { return nil }
        return try mapped(at: positions, load.column)
    }

    func key(_ position: Int) -> Int { identity(of: .position(position)).row }

    func expect(_ positions: [Int], _ columns: [Int]) {
        for position in positions { expect(.position(position)) }
    }

    func checkIntact() throws(ColonnadeError) { try rows?.checkIntact() }

    func warm(_ columns: [Int], while isWanted: () -> Bool) {
        rows?.warm(lowering.loads.map(\.column), while: isWanted)
    }

    var isCheckedMeanwhile: Bool { rows?.isCheckedMeanwhile ?? false }

    func finishChecks(_ columns: [Int], while isWanted: () -> Bool) throws(ColonnadeError) -> Bool {
        try rows?.finishChecks(lowering.loads.map(\.column), while: isWanted) ?? true
    }

    func load(_ requests: [ColumnRequest], _ set: RowSet) throws(ColonnadeError) -> [Tensor] {
        try set.stacked(requests, sourceSchema, from: pool)
    }
}
