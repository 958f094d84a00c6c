// SPDX-License-Identifier: Apache-2.0

import CZlib

/// The codec that stores each block as a zlib stream (RFC 1950).
package struct ZlibCodec: BlockCodec {
    private let level: Int32

    package init(level: Int32 = 6) { self.level = level }

    package func encode(_ block: RawSpan, appendingTo output: inout [UInt8]) -> Bool {
        let stored = unsafe block.withUnsafeBytes { source -> [UInt8]? in
            guard source.count > 1, let base = source.baseAddress else { return nil }
            var fits = false
            // The memory is one byte smaller than the block. A block that does not fit is stored without compression.
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: source.count - 1) { memory, count in
                var length = uLongf(memory.count)
                guard let target = memory.baseAddress else { return }
                let status = unsafe compress2(
                    target, &length, base.assumingMemoryBound(to: UInt8.self), uLong(source.count), level)
                fits = status == Z_OK
                count = fits ? Int(length) : 0
            }
            return fits ? bytes : nil
        }
        guard let stored else { return false }
        output.append(contentsOf: stored)
        return true
    }

    package func decode(_ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Bool {
        guard let source = bytes.baseAddress, let target = output.baseAddress else { return false }
        var length = uLongf(output.count)
        var consumed = uLong(bytes.count)
        let status = unsafe uncompress2(
            target.assumingMemoryBound(to: UInt8.self), &length, source.assumingMemoryBound(to: UInt8.self), &consumed)
        return status == Z_OK && Int(length) == output.count && Int(consumed) == bytes.count
    }
}
