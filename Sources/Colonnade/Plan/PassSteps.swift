// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The steps that decide which samples a pass has, and in which order. Each step is a short name, and a few letters
/// that depend on its arguments. A position has these steps, so that an error can name the step that differs.
struct PassSteps: Sendable, Hashable {
    private struct Step: Hashable {
        let name: String
        let arguments: String
    }

    private var steps: [Step] = []
    /// The kinds and seeds of random operations on values. They decide nothing about the order, but about the values.
    private var draws: [Step] = []

    /// Collects the steps of a plan that its fingerprint depends on.
    init(_ plan: some Plan) {
        plan.add(to: &self, isOutside: true)
        plan.addDraws(to: &self)
    }

    mutating func add(_ name: String, _ hash: UInt64) { steps.append(PassSteps.step(name, hash)) }

    /// Adds the random operations of a program.
    mutating func addDraws(of program: Program) {
        for step in program.steps {
            guard let draw = step.transform.draws else { continue }
            draws.append(PassSteps.step(draw.name.split(separator: " ").joined(separator: "-"), draw.seed))
        }
    }

    private static func step(_ name: String, _ hash: UInt64) -> Step {
        Step(name: name, arguments: String(hash % 46_656, radix: 36))
    }

    mutating func add(_ batches: BatchPlan) { add("batch", Fingerprint.mix(0, "\(batches.sizes)")) }

    /// Adds the changes of an order. If it is the order of the pass itself (`isOutside`), an outermost shard is left
    /// out.
    mutating func add(_ order: RowOrder, isOutside: Bool) {
        for (index, map) in order.maps.enumerated() {
            if case .sharded = map, isOutside, index == order.maps.count - 1 { continue }
            add(map.name, Fingerprint.mix(0, map.identity))
        }
    }

    // MARK: Text

    /// The maximum size of a text in bytes, so that positions stay small.
    private static let longest = 300

    /// The steps as text, such as `shuffle~1a2,take-or-skip~b`. Those of random operations begin with `=`, and are left out if the
    /// text would be too long. Empty if there are no steps; nil if the text would be too long without them.
    var text: String? {
        let words = steps.map { "\($0.name)~\($0.arguments)" }
        let all = (words + draws.map { "=\($0.name)~\($0.arguments)" }).joined(separator: ",")
        if all.utf8.count <= PassSteps.longest { return all }
        let text = words.joined(separator: ",")
        return text.utf8.count > PassSteps.longest ? nil : text
    }

    /// Parses a value of `text`. Returns nil for any other string.
    init?(_ text: String) {
        guard !text.isEmpty else { return }
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let words = part.split(separator: "~", omittingEmptySubsequences: false)
            guard words.count == 2, !words[0].isEmpty, !words[1].isEmpty else { return nil }
            let isDraw = words[0].first == "="
            let step = Step(name: String(words[0].drop { $0 == "=" }), arguments: String(words[1]))
            if isDraw { draws.append(step) } else { steps.append(step) }
        }
    }

    /// Returns the kind of a random operation that both have, and whose seed differs; nil if there is none. Operations on values may
    /// be added and removed.
    func differingDraw(from saved: PassSteps) -> String? {
        draws.first { draw in
            let (here, there) = (draws.filter { $0.name == draw.name }, saved.draws.filter { $0.name == draw.name })
            return here.count == there.count && here != there
        }.map { $0.name.split(separator: "-").joined(separator: " ") }
    }

    /// Whether one of the steps is a random order of single rows.
    var isShuffled: Bool { steps.contains { $0.name == PassSteps.shuffle || $0.name == PassSteps.frozenShuffle } }

    fileprivate static let shuffle = "shuffle"
    fileprivate static let frozenShuffle = "shuffle-of-epoch-0"
    /// The name of a shuffle within a window, which is no order of rows.
    static let windowedShuffle = "windowed-shuffle"

    /// Returns the steps of a position of version 1 with the present names. Version 1 gave windowed shuffles the name of
    /// orders of rows. A windowed shuffle comes after the order of rows, so the last shuffles are renamed, as many as the
    /// resumed pipeline has windowed ones.
    func distinguishingWindows(as pipeline: PassSteps) -> PassSteps {
        var result = self
        var windows = pipeline.steps.count { $0.name == PassSteps.windowedShuffle }
        for index in steps.indices.reversed() where windows > 0 && steps[index].name == PassSteps.shuffle {
            result.steps[index] = Step(name: PassSteps.windowedShuffle, arguments: steps[index].arguments)
            windows -= 1
        }
        return result
    }

    /// Describes the difference from the steps of a saved position; nil if there is none.
    func difference(from saved: PassSteps) -> String? {
        var (here, there) = (steps[...], saved.steps[...])
        while let step = here.first, step == there.first { (here, there) = (here.dropFirst(), there.dropFirst()) }
        while let step = here.last, step == there.last { (here, there) = (here.dropLast(), there.dropLast()) }
        if here.isEmpty, there.isEmpty { return nil }
        func list(_ steps: ArraySlice<Step>) -> String {
            steps.map { $0.name.split(separator: "-").joined(separator: " ") }.joined(separator: ", ")
        }
        if here.isEmpty { return "it was saved with \(list(there)), which is missing here" }
        if there.isEmpty { return "\(list(here)) was added since it was saved" }
        if list(here) == list(there) { return "\(list(here)) has other arguments here than when it was saved" }
        return "it was saved with \(list(there)), where this pipeline has \(list(here))"
    }
}

extension BlockShape {
    fileprivate var stepName: String { "shuffle-in-\(open)-blocks-of-\(rows)" }
}

extension IndexMap {
    /// The name of the operation that made the map, for errors.
    fileprivate var name: String {
        switch self {
        case .shuffled(let shuffle): shuffle.blocks?.stepName ?? PassSteps.shuffle
        case .frozen(let shuffle): shuffle.blocks.map { "\($0.stepName)-of-epoch-0" } ?? PassSteps.frozenShuffle
        case .strided: "partition"
        case .range: "take-or-skip"
        case .table: "perm-or-filter"
        case .drawn: "sample"
        case .sharded: "shard"
        }
    }
}
