// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels

/// CRC-32C, the checksum of the format.
package enum Checksum {
    /// Returns the checksum of `bytes`. With `previous`, the checksum of a prefix, it returns the checksum of the
    /// prefix followed by `bytes`. About 10 GB/s if the CPU has the instruction.
    package static func of(_ bytes: RawSpan, after previous: UInt32 = 0) -> UInt32 {
        unsafe bytes.withUnsafeBytes { memory in
            guard let base = memory.baseAddress else { return previous }
            return unsafe colonnade_crc32c(previous, base, memory.count)
        }
    }

    package static func of(_ bytes: [UInt8]) -> UInt32 { unsafe of(bytes.span.bytes) }

    package static func of(_ bytes: ArraySlice<UInt8>) -> UInt32 { unsafe of(bytes.span.bytes) }
}
