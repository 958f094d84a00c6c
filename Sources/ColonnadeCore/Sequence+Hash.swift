// SPDX-License-Identifier: Apache-2.0

extension Sequence<UInt8> {
    /// The FNV-1a hash of the bytes, of 64 bits. It is no protection from names that are chosen to have equal hashes.
    /// Inlinable, since a generic call for each byte takes a hundred times as long.
    @inlinable package var hash64: UInt64 {
        reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
