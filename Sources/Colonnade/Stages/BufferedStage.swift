// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Collects samples of a stream into buffers of a fixed number of samples, and applies a function to each buffer.
struct BufferedStage: GroupStage {
    let upstream: Upstream
    let size: Int
    let change: @Sendable (Buffer) throws -> Buffer
    /// The fields of the buffers that `change` returns, found by a call with an empty buffer.
    let schema: Schema
    let orders: UInt64
    private let isShuffled: Bool
    let isSelection: Bool

    /// Calls `change` with an empty buffer to find the fields of its result. Throws the error of that call.
    init(
        _ upstream: Upstream, _ size: Int, _ change: @escaping @Sendable (Buffer) throws -> Buffer
    ) throws(ColonnadeError) {
        self.upstream = upstream
        self.size = size
        self.change = change
        let empty = Buffer(RecipeRows([], upstream.schema))
        let changed = try UserCode.call("buffered", nil) { try change(empty) }
        if changed.plan.hasCountByValues {
            try upstream.plan.checkSameOnEachRank("filter or batches by size", "do that")
        }
        schema = changed.schema
        orders = changed.plan.fingerprint(isOutside: false)
        isShuffled = changed.plan.varies
        isSelection = changed.plan.selectsByIndex
    }

    var name: String { "buffered" }
    var label: String { "buffers of \(size)" }
    var runsUserCode: Bool { true }
    var varies: Bool { isShuffled || !isSelection && upstream.plan.varies }
    var initialCarry: [Recipe] { [] }

    func isClean(_ carry: [Recipe]) -> Bool { carry.isEmpty }

    func group(
        _ number: Int, _ carry: inout [Recipe], _ upstream: any StageCursor, _ pass: PassContext
    ) throws(ColonnadeError) -> [Recipe]? {
        while carry.count < size, let recipe = try upstream.next() { carry.append(recipe) }
        guard !carry.isEmpty else { return nil }
        let recipes = carry
        carry = []
        let buffer = Buffer(RecipeRows(recipes, self.upstream.schema))
        let changed = try UserCode.call("buffered", recipes[0].identity.row) { try change(buffer) }
        try schema.check(changed.schema, from: "the function of buffered", row: recipes[0].identity.row)
        // Each buffer gets an epoch of its own, so that a shuffle has another order in each buffer.
        let executor = try RowExecutor(changed.plan, pass.epochs { $0 &+ number &<< 20 })
        return (0..<changed.count).map { .item(executor, $0) }
    }
}
