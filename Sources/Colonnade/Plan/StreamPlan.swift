// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The plan of a stream: a row plan as long as every step can work by index, and a stage plan after the first step that
/// must read samples in order.
enum StreamPlan: Plan {
    case rows(RowPlan)
    case stage(StagePlan)

    private var plan: any Plan {
        switch self {
        case .rows(let plan): plan
        case .stage(let plan): plan
        }
    }

    /// The number of samples, or of batches if the plan makes batches; nil if only reading them can tell.
    var count: Int? {
        switch self {
        case .rows(let plan): plan.count
        case .stage(let plan): plan.count
        }
    }

    /// The batches that the plan itself makes; nil if it makes none.
    var batches: BatchPlan? {
        switch self {
        case .rows(let plan): plan.batches
        case .stage(let plan): plan.batches
        }
    }

    var schema: Schema { plan.schema }
    var isBatched: Bool { plan.isBatched }
    var depth: Int { plan.depth }
    var nodeCount: Int { plan.nodeCount }
    var rows: RowPlan? { plan.rows }
    var identity: UInt64 { plan.identity }
    var seed: UInt64? { plan.seed }
    var varies: Bool { plan.varies }
    var isSharded: Bool { plan.isSharded }
    var runsUserCode: Bool { plan.runsUserCode }
    var label: String { plan.label }

    func fingerprint(isOutside: Bool) -> UInt64 { plan.fingerprint(isOutside: isOutside) }
    func add(to steps: inout PassSteps, isOutside: Bool) { plan.add(to: &steps, isOutside: isOutside) }
    func addDraws(to steps: inout PassSteps) { plan.addDraws(to: &steps) }
    func explained(indent: String, isFrozen: Bool, requestsRows: Bool) -> [String] {
        plan.explained(indent: indent, isFrozen: isFrozen, requestsRows: requestsRows)
    }
    func checkIntact() throws(ColonnadeError) { try plan.checkIntact() }

    func changing(_ change: ValueChange) throws(ColonnadeError) -> StreamPlan {
        switch self {
        case .rows(let plan): .rows(try plan.changing(change))
        case .stage(let plan): .stage(try plan.changing(change))
        }
    }

    func batched(_ batches: BatchPlan) throws(ColonnadeError) -> StreamPlan {
        switch self {
        case .rows(let plan): .rows(try plan.batched(batches))
        case .stage(let plan): .stage(try plan.batched(batches))
        }
    }
}
