// SPDX-License-Identifier: Apache-2.0

import CZlib

/// The codec that stores each block as a zlib stream (RFC 1950).
package struct ZlibCodec: BlockCodec {
    private let level: Int32

    package init(level: Int = 6) { self.level = Int32(level) }

    package func encode(_ block: RawSpan, appendingTo output: inout [UInt8]) -> Bool {
        unsafe output.append(shorterFormOf: block) { source, memory in
            var length = uLongf(memory.count)
            let status = unsafe compress2(
                memory.baseAddress, &length, source.baseAddress?.assumingMemoryBound(to: UInt8.self),
                uLong(source.count), level)
            return status == Z_OK ? Int(length) : nil
        }
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
