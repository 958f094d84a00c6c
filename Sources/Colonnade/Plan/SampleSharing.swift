// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The ranks, workers and partitions that share the samples of an order, each of which has every n-th sample.
struct SampleSharing {
    private(set) var count = 1
    private var names: [String] = []

    /// Adds a step that divides each share among several.
    mutating func add(_ number: Int, _ name: String) {
        guard number > 1 else { return }
        count = count.saturatingProduct(number)
        if !names.contains(name) { names.append(name) }
    }

    /// Adds those who share the batches.
    mutating func add(_ other: SampleSharing) {
        count = count.saturatingProduct(other.count)
        for name in other.names where !names.contains(name) { names.append(name) }
    }

    /// A description for people: `6 ranks and workers`.
    var description: String { "\(count) \(names.joined(separator: " and "))" }
}
