// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The samples or batches of an executor as rows of another source: of buffers that are appended, zipped or batched again.
struct ExecutedRows: BoundRows {
    let executor: RowExecutor

    private var source: any BoundRows { executor.source }
    private var lowering: Lowering { executor.lowering }
    private var isBatched: Bool { lowering.isBatched }

    func stacked(_ indices: [Int], _ requests: [ColumnRequest]) throws(ColonnadeError) -> [Tensor] {
        guard isBatched else {
            let rows = indices.map { executor.order[$0] }
            var frame = Frame(executor.maker, .rows(rows, at: .list(indices), of: executor))
            return try frame.stacked(requests)
        }
        let batches = try indices.map { (index) throws(ColonnadeError) in try executor.item(index) }
        return try requests.map { (request) throws(ColonnadeError) in
            let values = batches.map { $0.tensors[request.column] }
            return try PaddedRows(values, request.conversion, as: executor.schema[request.column]).stacked(
                padding: request.padding, from: executor.pool)
        }
    }

    func values(_ index: Int, _ columns: [Int]) throws(ColonnadeError) -> [Tensor] {
        guard isBatched else {
            var frame = Frame(executor.maker, executor.samples(ofItem: index))
            return try frame.sample(columns.map { lowering.outputs[$0] })
        }
        let batch = try executor.item(index)
        return columns.map { batch.tensors[$0] }
    }

    /// Returns the load of an output that no step changes; nil for other outputs.
    private func load(ofOutput column: Int) -> Lowering.Load? {
        isBatched ? nil : lowering.loads.first { $0.slot == lowering.outputs[column] }
    }

    func shape(_ index: Int, _ column: Int) throws(ColonnadeError) -> [Int]? {
        guard let load = load(ofOutput: column) else { return nil }
        return try source.shape(executor.order[index], load.column)
    }

    func entryPoints(_ index: Int, _ column: Int) throws(ColonnadeError) -> Tensor? {
        guard let load = load(ofOutput: column), load.conversion == nil else { return nil }
        return try source.entryPoints(executor.order[index], load.column)
    }

    func mapped(_ indices: Range<Int>, _ column: Int) throws(ColonnadeError) -> Tensor? {
        guard let load = load(ofOutput: column), load.conversion == nil, !load.asRows else { return nil }
        return try executor.mapped(at: indices, load.column)
    }

    func key(_ index: Int) -> Int { executor.identity(ofItem: index).row }

    // MARK: Files

    func expect(_ indices: [Int], _ columns: [Int]) {
        for index in indices { executor.expect(index) }
    }

    func expect(block: Range<Int>, _ columns: [Int], _ part: RequestedPart) {
        if !isBatched, let rows = executor.order.range(at: block) {
            source.expect(block: rows, executor.loadedColumns, part)
        } else {
            expectOneByOne(block, columns, part)
        }
    }

    var isLargerThanMemory: Bool { source.isLargerThanMemory }

    var isCheckedMeanwhile: Bool { source.isCheckedMeanwhile }

    func checkIntact() throws(ColonnadeError) { try source.checkIntact() }

    func checkIntact(_ index: Int) throws(ColonnadeError) {
        if isBatched { return try source.checkIntact() }
        try source.checkIntact(executor.order[index])
    }

    func checkCompletely() throws(ColonnadeError) { try source.checkCompletely() }

    var areInManyFiles: Bool { source.areInManyFiles }

    func needsWarming(_ columns: [Int]) -> Bool { source.needsWarming(executor.loadedColumns) }

    func warm(_ columns: [Int], while isWanted: () -> Bool) { source.warm(executor.loadedColumns, while: isWanted) }

    func finishChecks(_ columns: [Int], while isWanted: () -> Bool) throws(ColonnadeError) -> Bool {
        try source.finishChecks(executor.loadedColumns, while: isWanted)
    }
}
