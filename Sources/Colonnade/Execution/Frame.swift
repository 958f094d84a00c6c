// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore
import ColonnadeSystem

/// The making of one item: the values of its slots, as far as they are computed.
struct Frame {
    let executor: Executor
    let set: RowSet
    /// Where the samples stand in the order, if they follow each other.
    private let positions: Range<Int>?
    /// Where they stand, for the mask.
    var places: [Int] = []
    let pool: TensorPool
    let epoch: Int
    let times: StepTimes?
    var meter = InterruptMeter()
    /// Of samples: all in one tensor with a leading dimension, or each by itself.
    var whole: [Tensor?]
    var rows: [[Tensor]?]
    /// Of the batch.
    var batched: [Tensor?]

    init(
        _ executor: Executor, _ set: RowSet, _ positions: Range<Int>?, pool: TensorPool, epoch: Int, times: StepTimes?
    ) {
        self.executor = executor
        self.set = set
        self.positions = positions
        self.pool = pool
        self.epoch = epoch
        self.times = times
        let count = executor.lowering.slotCount
        whole = [Tensor?](repeating: nil, count: count)
        rows = [[Tensor]?](repeating: nil, count: count)
        batched = whole
    }

    var lowering: Lowering { executor.lowering }

    // MARK: What is made

    /// Values of the only sample.
    mutating func sample(_ slots: [Int]) throws(ColonnadeError) -> [Tensor] {
        let (loads, steps) = lowering.needed(for: slots)
        try load(loads, asRows: true)
        for step in steps { try runPerRow(step) }
        return try slots.map { (slot) throws(ColonnadeError) in try row(0, slot) }
    }

    /// Values of a batch.
    mutating func batch(_ slots: [Int]) throws(ColonnadeError) -> [Tensor] {
        let (loads, steps) = lowering.needed(for: slots)
        try load(loads, asRows: false)
        for step in steps {
            if step.isOnBatch { try runOnBatch(step) } else { try run(step) }
        }
        return try slots.map { (slot) throws(ColonnadeError) in try joined(slot) }
    }

    /// Outputs stacked as somebody else wants them.
    mutating func stacked(_ requests: [ColumnRequest]) throws(ColonnadeError) -> [Tensor] {
        let slots = requests.map { lowering.outputs[$0.column] }
        var (loads, steps) = lowering.needed(for: slots)
        // What is only read is read as it is wanted.
        var passed: [Int: ColumnRequest] = [:]
        for (request, slot) in zip(requests, slots) {
            let isRead = loads.contains {
                $0.slot == slot && !$0.asRows && ($0.conversion == nil || request.conversion == nil)
            }
            if isRead, !steps.contains(where: { $0.inputs.contains(slot) }) { passed[slot] = request }
        }
        // Ragged rows that are converted twice are padded behind that, and not before.
        for (request, slot) in zip(requests, slots)
        where passed[slot] == nil && executor.schema[request.column].isRagged {
            for index in loads.indices where loads[index].slot == slot { loads[index].asRows = true }
        }
        try load(loads, asRows: false, passed)
        for step in steps { try run(step) }
        return try zip(requests, slots).map { (request, slot) throws(ColonnadeError) in
            if passed[slot] != nil, let tensor = whole[slot] { return tensor }
            let name = executor.schema[request.column].name
            if let tensor = whole[slot] { return try request.conversion?.callAsFunction(tensor, from: pool) ?? tensor }
            return try Stacking.stack(
                try all(slot), request.conversion, padding: request.padding, from: pool, key: name)
        }
    }

    // MARK: Values

    func row(_ index: Int, _ slot: Int) throws(ColonnadeError) -> Tensor {
        if let rows = rows[slot] { return rows[index] }
        guard let tensor = whole[slot] else { preconditionFailure("a slot is read before it is written") }
        return tensor[index]
    }

    func all(_ slot: Int) throws(ColonnadeError) -> [Tensor] {
        if let rows = rows[slot] { return rows }
        return try (0..<set.count).map { (index) throws(ColonnadeError) in try row(index, slot) }
    }

    /// The value of a slot of samples in the batch.
    mutating func joined(_ slot: Int) throws(ColonnadeError) -> Tensor {
        if let tensor = batched[slot] { return tensor }
        let join = lowering.joins[slot] ?? Program.Join(dimension: nil, padding: 0)
        let tensor: Tensor
        if let dimension = join.dimension {
            if let stacked = whole[slot], dimension == 0, stacked.rank > 1 {
                tensor = try stacked.reshaped(to: [stacked.shape[0] * stacked.shape[1]] + stacked.shape.dropFirst(2))
            } else {
                tensor = try Stacking.join(
                    try all(slot), along: dimension, padding: join.padding, from: pool, key: name(of: slot))
            }
        } else if let stacked = whole[slot] {
            tensor = stacked
        } else {
            tensor = try Stacking.stack(try all(slot), padding: join.padding, from: pool, key: name(of: slot))
        }
        batched[slot] = tensor
        return tensor
    }

    private func name(of slot: Int) -> String {
        lowering.outputs.firstIndex(of: slot).map { executor.schema[$0].name } ?? "value \(slot)"
    }

    // MARK: Loading

    private mutating func load(
        _ loads: [Lowering.Load], asRows all: Bool, _ passed: [Int: ColumnRequest] = [:]
    ) throws(ColonnadeError) {
        let start = times?.start()
        defer { times?.end(start, .reading) }
        if let slot = lowering.maskSlot {
            whole[slot] = executor.mask(at: places)
        }
        let separate = loads.filter { all || $0.asRows }
        if !separate.isEmpty {
            let values = try set.values(separate.map(\.column))
            for (index, load) in separate.enumerated() {
                rows[load.slot] = try values.map { (row) throws(ColonnadeError) in
                    try load.conversion?.callAsFunction(row[index], from: pool) ?? row[index]
                }
            }
        }
        var gathered: [Lowering.Load] = []
        for load in loads where !all && !load.asRows {
            // A column that lies in memory as it is wanted needs no copy.
            if load.conversion == nil, passed[load.slot]?.conversion == nil, let positions,
                let tensor = try executor.mapped(at: positions, load.column)
            {
                whole[load.slot] = tensor
            } else {
                gathered.append(load)
            }
        }
        guard !gathered.isEmpty else { return }
        let requests = gathered.map { load in
            ColumnRequest(
                column: load.column, conversion: load.conversion ?? passed[load.slot]?.conversion,
                padding: passed[load.slot]?.padding ?? load.padding)
        }
        for (load, tensor) in zip(gathered, try executor.load(requests, set)) { whole[load.slot] = tensor }
    }
}
