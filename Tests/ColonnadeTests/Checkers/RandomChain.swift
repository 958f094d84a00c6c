// SPDX-License-Identifier: Apache-2.0

import Colonnade

/// A chain of operations during its construction: a buffer until it becomes a stream.
struct RandomChain {
    var buffer: Buffer?
    var stream: Colonnade.Stream
    var model: ChainModel
    var random: SplitMix64
    var words: [String] = []
    var isBatched = false
    /// Whether the last change of the order was a shuffle.
    var isShuffled = false
    var isSharded = false
    var made = 0

    mutating func below(_ bound: Int) -> Int { random.below(bound) }

    /// Applies an operation to the buffer or to the stream.
    mutating func apply(
        _ word: String, buffer change: (Buffer) throws -> Buffer,
        stream other: (Colonnade.Stream) throws -> Colonnade.Stream
    ) throws {
        words.append(word)
        if let own = buffer {
            let changed = try change(own)
            buffer = changed
            stream = changed.stream()
        } else {
            stream = try other(stream)
        }
    }

    mutating func key(_ isRight: (ChainModel.Value) -> Bool) -> String? {
        guard let first = model.samples.first else { return nil }
        let keys = model.keys.filter { key in first[key].map(isRight) ?? false }
        return keys.isEmpty ? nil : keys[below(keys.count)]
    }
}
