// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore
import ColonnadeSystem

/// The computation of one item: its samples, and the value slots as far as they are filled.
struct Frame {
    private let maker: ItemMaker
    let samples: SampleSet
    var meter = InterruptMeter()
    /// One value for each slot of the program.
    var values: [SlotValue]

    init(_ maker: ItemMaker, _ samples: SampleSet) {
        self.maker = maker
        self.samples = samples
        values = [SlotValue](repeating: .empty, count: maker.lowering.slotCount)
    }

    var lowering: Lowering { maker.lowering }
    private var schema: Schema { maker.schema }
    var pool: TensorPool { maker.pass.pool }
    var epoch: Int { maker.pass.epoch }
    var times: StepTimes? { maker.pass.times }

    // MARK: Results

    /// Computes values of a frame with one sample.
    mutating func sample(_ slots: [Int]) throws(ColonnadeError) -> [Tensor] {
        let (loads, steps) = lowering.needed(for: slots)
        try load(loads, asRows: true)
        for step in steps { try runPerRow(step) }
        return slots.map { values[$0][row: 0] }
    }

    /// Computes values of a batch.
    mutating func batch(_ slots: [Int]) throws(ColonnadeError) -> [Tensor] {
        let (loads, steps) = lowering.needed(for: slots)
        try load(loads, asRows: false)
        for step in steps {
            if step.isOnBatch { try runOnBatch(step) } else { try run(step) }
        }
        var tensors: [Tensor] = []
        tensors.reserveCapacity(slots.count)
        for slot in slots { tensors.append(try batchValue(slot)) }
        return tensors
    }

    /// Computes outputs, and stacks each one as its request says.
    mutating func stacked(_ requests: [ColumnRequest]) throws(ColonnadeError) -> [Tensor] {
        let slots = requests.map { lowering.outputs[$0.column] }
        var (loads, steps) = lowering.needed(for: slots)
        // A column that no step changes is read with the conversion and padding of its request. Copies of it may ask for others, and then
        // each is converted by itself.
        var passed: [Int: ColumnRequest] = [:]
        for (request, slot) in zip(requests, slots) {
            let isRead = loads.contains {
                $0.slot == slot && !$0.asRows && ($0.conversion == nil || request.conversion == nil)
            }
            let areAlike = zip(requests, slots).allSatisfy { $1 != slot || $0.of(0) == request.of(0) }
            if isRead, areAlike, !steps.contains(where: { $0.inputs.contains(slot) }) { passed[slot] = request }
        }
        // Ragged rows that are converted twice are padded after the second conversion.
        for (request, slot) in zip(requests, slots)
        where passed[slot] == nil && schema[request.column].isRagged {
            for index in loads.indices where loads[index].slot == slot { loads[index].asRows = true }
        }
        try load(loads, asRows: false, passed)
        for step in steps { try run(step) }
        return try zip(requests, slots).map { (request, slot) throws(ColonnadeError) in
            guard let tensor = values[slot].stacked else {
                let rows = values[slot].rows(samples.count)
                return try PaddedRows(
                    rows, request.conversion, as: schema[request.column], number: rowNumber
                ).stacked(request, from: pool)
            }
            if passed[slot] != nil { return tensor }
            return try request.conversion?.callAsFunction(tensor, from: pool) ?? tensor
        }
    }

    /// Returns the batch's value of a slot. The values of samples are put together on first use.
    mutating func batchValue(_ slot: Int) throws(ColonnadeError) -> Tensor {
        if case .batch(let tensor) = values[slot] { return tensor }
        let tensor = try joined(slot, lowering.joins[slot] ?? Program.Join(field: field(of: slot), padding: 0))
        values[slot] = .batch(tensor)
        return tensor
    }

    private func joined(_ slot: Int, _ join: Program.Join) throws(ColonnadeError) -> Tensor {
        let stacked = values[slot].stacked
        guard let dimension = join.dimension else {
            if let stacked { return stacked }
            var request = ColumnRequest(column: 0, padding: join.padding)
            request.unpadsTexts = lowering.unpaddedTexts.contains(slot)
            return try PaddedRows(values[slot].rows(samples.count), as: join.field, number: rowNumber).stacked(
                request, from: pool)
        }
        if let stacked, dimension == 0, stacked.rank > 1 {
            return try stacked.reshaped(to: [stacked.shape[0] * stacked.shape[1]] + stacked.shape.dropFirst(2))
        }
        return try PaddedRows(values[slot].rows(samples.count), as: join.field, number: rowNumber).joined(
            along: dimension, padding: join.padding, from: pool)
    }

    /// Returns the row of a sample, for messages.
    private var rowNumber: (Int) -> Int? { { [samples, epoch] in samples.identity($0, epoch: epoch).row } }

    private func field(of slot: Int) -> Field {
        Field(lowering.outputs.firstIndex(of: slot).map { schema[$0].name } ?? "value \(slot)", .uint8)
    }

    // MARK: Loading

    /// Fills the slots of columns.
    ///
    /// - Parameters:
    ///   - all: whether every column is loaded row by row.
    ///   - passed: by slot, requests of the caller that are done as part of reading.
    private mutating func load(
        _ loads: [Lowering.Load], asRows all: Bool, _ passed: [Int: ColumnRequest] = [:]
    ) throws(ColonnadeError) {
        let start = times?.start()
        defer { times?.end(start, .reading) }
        if let slot = lowering.maskSlot, let mask = samples.mask { values[slot] = .stacked(mask) }
        try loadRows(loads.filter { all || $0.asRows })
        guard !all else { return }
        var gathered: [Lowering.Load] = []
        for load in loads where !load.asRows {
            // A column that lies in memory as it is requested needs no copy.
            if load.conversion == nil, passed[load.slot]?.conversion == nil,
                let tensor = try samples.mapped(load.column)
            {
                values[load.slot] = .stacked(tensor)
            } else {
                gathered.append(load)
            }
        }
        guard !gathered.isEmpty else { return }
        let requests = gathered.map { load in
            var request = passed[load.slot]?.of(load.column) ?? load.request
            request.conversion = load.conversion ?? request.conversion
            return request
        }
        for (load, tensor) in zip(gathered, try samples.stacked(requests, from: pool)) {
            values[load.slot] = .stacked(tensor)
        }
    }

    /// Fills the slots of columns with a tensor for each row.
    private mutating func loadRows(_ loads: [Lowering.Load]) throws(ColonnadeError) {
        guard !loads.isEmpty else { return }
        let rows = try samples.values(loads.map(\.column))
        for (index, load) in loads.enumerated() {
            values[load.slot] = .rows(
                try rows.map { (row) throws(ColonnadeError) in
                    try load.conversion?.callAsFunction(row[index], from: pool) ?? row[index]
                })
        }
    }
}
