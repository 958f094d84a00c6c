// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The plan of samples that can only be read in order: the samples of a stage of a stream.
struct StagePlan: Plan {
    let stage: any Stage
    private(set) var program: Program
    private(set) var batches: BatchPlan?
    let depth: Int
    let nodeCount: Int

    init(_ stage: any Stage) {
        self.stage = stage
        program = Program(stage.schema)
        depth = stage.upstreams.reduce(0) { max($0, $1.plan.depth + 1) }
        nodeCount = stage.upstreams.reduce(1) { $0.saturatingSum($1.plan.nodeCount) }
    }

    var schema: Schema { program.schema }
    var isBatched: Bool { batches != nil || stage.isBatched }
    var rows: RowPlan? { nil }

    /// The number of samples, or of batches if the plan makes batches; nil if only reading them can tell.
    var count: Int? {
        guard let batches else { return stage.count }
        return stage.count.map { batches.batchCount(of: $0) }
    }

    /// Changes the samples before the stage if the stage passes them on unchanged, since the change can then become
    /// part of reading. Otherwise it changes the samples after the stage.
    func changing(_ change: ValueChange) throws(ColonnadeError) -> StagePlan {
        if !isBatched, program.isEmpty,
            let changed = try stage.changingSamples({ (plan) throws(ColonnadeError) in try plan.changing(change) })
        {
            return StagePlan(changed)
        }
        var copy = self
        copy.program = try change(program)
        return copy
    }

    func batched(_ batches: BatchPlan) throws(ColonnadeError) -> StagePlan {
        try batches.checkKeys(of: schema)
        guard self.batches == nil else {
            try checkDepth()
            return try StagePlan(IdentityStage(upstream: Upstream(.stage(self)))).batched(batches)
        }
        var copy = self
        copy.batches = batches
        copy.program = try program.batched(batches)
        return copy
    }

    // MARK: Facts

    var varies: Bool { stage.varies }
    var seed: UInt64? { stage.seed ?? stage.upstreams.lazy.compactMap(\.plan.seed).first }
    var isSharded: Bool {
        if let shard = stage.shard, shard.worldSize > 1 { return true }
        return stage.upstreams.contains { $0.plan.isSharded }
    }

    var runsUserCode: Bool {
        program.runsUserCode || stage.runsUserCode || stage.upstreams.contains { $0.plan.runsUserCode }
    }

    var label: String { stage.label }

    func checkIntact() throws(ColonnadeError) {
        for upstream in stage.upstreams { try upstream.plan.checkIntact() }
    }

    // MARK: Fingerprint

    var identity: UInt64 { stage.upstreams.reduce(3) { Fingerprint.mix($0, $1.plan.identity) } }

    func fingerprint(isOutside: Bool) -> UInt64 {
        var result: UInt64 = 0
        if !isOutside || stage.shard == nil { result = Fingerprint.mix(result, stage.label) }
        result = Fingerprint.mix(result, stage.orders)
        if stage.isSelection, stage.upstreams.contains(where: \.plan.varies) {
            result = Fingerprint.mix(result, "of epoch 0")
        }
        for upstream in stage.upstreams {
            result = Fingerprint.mix(result, upstream.plan.fingerprint(isOutside: false))
        }
        guard let batches, !isOutside else { return result }
        return Fingerprint.mix(result, "batched \(batches.sizes)")
    }

    func addDraws(to steps: inout PassSteps) {
        for upstream in stage.upstreams { upstream.plan.addDraws(to: &steps) }
        steps.addDraws(of: program)
    }

    func add(to steps: inout PassSteps, isOutside: Bool) {
        let upstreams = stage.upstreams
        if upstreams.count == 1 { upstreams[0].plan.add(to: &steps, isOutside: false) }
        if !isOutside || stage.shard == nil {
            var hash = Fingerprint.mix(Fingerprint.mix(0, stage.label), stage.orders)
            if upstreams.count > 1 {
                for upstream in upstreams { hash = Fingerprint.mix(hash, upstream.plan.fingerprint(isOutside: false)) }
            }
            steps.add(stage.name, hash)
        }
        if let batches, !isOutside { steps.add(batches) }
    }
}
