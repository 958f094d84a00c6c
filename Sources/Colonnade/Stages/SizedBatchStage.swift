// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Makes batches of samples of similar size, chosen within a window: see `SizeRule`.
struct SizedBatchStage: GroupStage {
    struct Carry: Sendable {
        var samples: [(shape: [Int], recipe: Recipe)] = []
        /// The number of samples at the front that come from the previous window, where they could not reach the
        /// minimum.
        var ungrouped = 0
    }

    let upstream: Upstream
    let column: Int
    let rule: SizeRule
    let window: Int
    /// The seed of the random order of the batches in a window. If nil, short samples come first.
    let shuffleSeed: UInt64?
    /// The maximum number of samples that wait for the next window because they cannot reach the minimum.
    let maxWaiting: Int
    /// The plan that makes batches of samples of the upstream.
    private let batched: StagePlan

    init(
        _ upstream: Upstream, _ column: Int, _ rule: SizeRule, window: Int, shuffleSeed: UInt64?, maxWaiting: Int,
        padding: NameMap<Double>, joining: NameMap<Int>
    ) throws(ColonnadeError) {
        self.upstream = upstream
        self.column = column
        self.rule = rule
        self.window = window
        self.shuffleSeed = shuffleSeed
        self.maxWaiting = maxWaiting
        let plan = BatchPlan(sizes: .uniform(.max, droppingLast: false), padding: padding, joining: joining)
        batched = try StagePlan(IdentityStage(upstream: upstream)).batched(plan)
    }

    var schema: Schema { batched.schema }
    var isBatched: Bool { true }

    var name: String { "dynamic-batch" }
    var label: String {
        "batches of at most \(rule.maximum) elements of \(upstream.schema[column].name)"
            + "\(rule.minimum.map { ", at least \($0)" } ?? "")\(rule.droppingOutliers ? ", no outliers" : ""), in windows of \(window)"
            // The rule for counting elements is part of the label, since it decides the batches.
            + (rule.isJoining ? ", joined" : upstream.schema[column].shape.count > 1 ? ", padded" : "")
            + "\(shuffleSeed.map { ", seed \($0)" } ?? "")"
    }

    var seed: UInt64? { shuffleSeed }
    var initialCarry: Carry { Carry() }

    func isClean(_ carry: Carry) -> Bool { carry.samples.isEmpty }

    func group(
        _ number: Int, _ carry: inout Carry, _ upstream: any StageCursor, _ pass: PassContext
    ) throws(ColonnadeError) -> [Recipe]? {
        var hasEnded = false
        while carry.samples.count - carry.ungrouped < window {
            guard let next = try upstream.next() else {
                hasEnded = true
                break
            }
            let (shape, recipe) = try next.measured(column)
            carry.samples.append((shape, recipe))
        }
        if hasEnded, carry.samples.count == carry.ungrouped { return nil }
        let samples = carry.samples
        var (groups, ungrouped) = rule.groups(of: samples.map(\.shape))
        if let shuffleSeed {
            var random = SplitMix64(seed: shuffleSeed, epoch: pass.orderEpoch, row: number)
            groups.shuffle(using: &random)
        }
        // Samples that wait keep their order.
        carry.samples = hasEnded ? [] : ungrouped.sorted().suffix(maxWaiting).map { samples[$0] }
        carry.ungrouped = carry.samples.count
        let executor = RecipeExecutor(batched, pass)
        return groups.map { group in .combined(executor, group.map { samples[$0].recipe }) }
    }
}
