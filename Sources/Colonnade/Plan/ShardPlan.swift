// SPDX-License-Identifier: Apache-2.0

/// The samples of one rank: every `worldSize`-th sample of the shared order. So at any step of equally large batches,
/// all ranks together have had the first samples of that order.
struct ShardPlan: Sendable {
    var rank: Int
    var worldSize: Int
    var remainder: ShardRemainder
    /// The launcher that gave the rank; nil where the program names the rank.
    var launcher: Launcher.Rank?
    /// The number of samples that all ranks had before the pass; more than 0 if a pass resumes.
    var origin = 0

    /// A description for people: `rank 3 of 8 (torchrun), what is left over: drop`.
    var explanation: String {
        "\(launcher?.description ?? "rank \(rank) of \(worldSize)"), what is left over: \(remainder)"
    }

    /// Returns the number of samples that each rank has out of `count` samples.
    func count(of count: Int) -> Int {
        let remaining = max(count - origin, 0)
        return remaining / worldSize + (remainder == .drop || remaining % worldSize == 0 ? 0 : 1)
    }

    /// Returns the index, among `count` samples, of the sample at an index of this rank. If the last group has fewer
    /// samples than there are ranks, the ranks without a sample repeat one of the group.
    func sample(at index: Int, of count: Int) -> Int {
        let group = origin + index * worldSize
        return group + (rank < count - group ? rank : rank % max(count - group, 1))
    }

    /// Whether the sample at an index belongs to this rank; false if it repeats a sample of another rank.
    func isOwn(_ index: Int, of count: Int) -> Bool { rank < count - origin - index * worldSize }
}
