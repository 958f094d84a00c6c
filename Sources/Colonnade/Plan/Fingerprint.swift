// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Hashes that are the same in every process.
enum Fingerprint {
    static func mix(_ hash: UInt64, _ value: UInt64) -> UInt64 { SplitMix64.mix(hash &* 31 &+ value &+ 1) }

    /// Returns the hash with a change of an order.
    ///
    /// - Parameter isRankFree: whether to ignore a division among ranks.
    static func mix(_ hash: UInt64, _ map: IndexMap, isRankFree: Bool) -> UInt64 {
        if case .sharded = map, isRankFree { return hash }
        return mix(hash, map.identity)
    }

    static func mix(_ hash: UInt64, _ text: String) -> UInt64 {
        text.utf8.reduce(mix(hash, UInt64(text.utf8.count))) { mix($0, UInt64($1)) }
    }
}
