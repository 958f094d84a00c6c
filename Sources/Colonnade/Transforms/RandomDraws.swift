// SPDX-License-Identifier: Apache-2.0

/// The random numbers of a transform. They are those of its seed, its key and its kind, for each epoch and row.
struct RandomDraws: Sendable {
    /// The kind of the transform for people, such as `random crop`.
    let name: String
    let seed: UInt64

    /// Returns a seed that none of some transforms has, so that two equal operations one after another draw different numbers.
    func seed(besides others: some Sequence<any Transform>) -> UInt64 {
        let used = Set(others.compactMap { $0.draws?.seed })
        var seed = seed
        while used.contains(seed) { seed = Fingerprint.mix(seed, "again") }
        return seed
    }
}
