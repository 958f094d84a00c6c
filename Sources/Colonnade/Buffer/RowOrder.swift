// SPDX-License-Identifier: Apache-2.0

/// In which order the rows of a data set, or the batches of a buffer, come: as they lie, or shuffled anew each epoch.
struct RowOrder: Sendable {
    private let count: Int
    private let seed: UInt64?

    init(count: Int, seed: UInt64? = nil) {
        self.count = count
        self.seed = seed
    }

    var isSequential: Bool { seed == nil }

    /// The order of one epoch. O(1), or half a millisecond for a small shuffled data set.
    func epoch(_ number: Int) -> Epoch {
        Epoch(
            permutation: seed.map { IndexPermutation(count: count, seed: $0, epoch: UInt64(bitPattern: Int64(number))) }
        )
    }

    /// Position → row.
    struct Epoch: Sendable {
        let permutation: IndexPermutation?

        subscript(position: Int) -> Int { permutation?[position] ?? position }

        func rows(at positions: Range<Int>) -> [Int] { permutation?.rows(at: positions) ?? Array(positions) }
    }
}
