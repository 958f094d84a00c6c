// SPDX-License-Identifier: Apache-2.0

/// The SplitMix64 generator of random numbers (Steele, Lea, Flood 2014), used with keys. Row orders are computed with
/// it.
@usableFromInline
package struct SplitMix64: Sendable, RandomNumberGenerator {
    @usableFromInline package var state: UInt64

    @inlinable package init(state: UInt64) { self.state = state }

    @inlinable package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return SplitMix64.mix(state)
    }

    /// Returns the output of the generator for a state. The function is a bijection of 64-bit numbers.
    @inlinable package static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

extension SplitMix64 {
    /// Makes a generator whose numbers depend only on `seed`, `epoch` and `row`, and not on the thread that uses it or
    /// on other generators.
    @inlinable package init(seed: UInt64, epoch: Int, row: Int) {
        let keyed = SplitMix64.mix(SplitMix64.mix(seed) &+ UInt64(bitPattern: Int64(epoch)))
        self.init(state: SplitMix64.mix(keyed &+ 0x9E37_79B9_7F4A_7C15 &* UInt64(bitPattern: Int64(row))))
    }

    /// Returns a random number in `0..<bound`. `bound` must be positive.
    @inlinable package mutating func below(_ bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// Returns a random number that is at least 0 and less than 1.
    @inlinable package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
