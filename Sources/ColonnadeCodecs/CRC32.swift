// SPDX-License-Identifier: Apache-2.0

import CZlib

/// The checksum of zip archives and gzip: CRC-32 with the polynomial 0x04C11DB7. (Colonnade files have CRC-32C.)
public struct CRC32: Sendable, Hashable {
    /// The CRC-32 of all bytes until now.
    public private(set) var value: UInt32 = 0

    public init() {}

    /// Adds bytes to the checksum.
    public mutating func update(_ bytes: Span<UInt8>) {
        guard !bytes.isEmpty else { return }
        unsafe bytes.withUnsafeBufferPointer { memory in
            unsafe value = UInt32(truncatingIfNeeded: crc32_z(UInt(value), memory.baseAddress, memory.count))
        }
    }
}
