// SPDX-License-Identifier: Apache-2.0

/// SplitMix64 (Steele, Lea, Flood 2014): a keyed generator of random numbers. Row orders are computed with it.
public struct SplitMix64: Sendable, RandomNumberGenerator {
    public var state: UInt64

    @inlinable public init(state: UInt64) { self.state = state }

    @inlinable public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return SplitMix64.mix(state)
    }

    /// The output function: a bijection of 64 bits.
    @inlinable public static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

extension SplitMix64 {
    /// Random numbers that are a function of these three alone: whoever draws them, in whatever order, on however many
    /// threads, draws the same.
    @inlinable public init(seed: UInt64, epoch: Int, row: Int) {
        let keyed = SplitMix64.mix(SplitMix64.mix(seed) &+ UInt64(bitPattern: Int64(epoch)))
        self.init(state: SplitMix64.mix(keyed &+ 0x9E37_79B9_7F4A_7C15 &* UInt64(bitPattern: Int64(row))))
    }

    /// A number from 0 to below `bound`, which is positive.
    @inlinable public mutating func below(_ bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A number from 0 to below 1.
    @inlinable public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
