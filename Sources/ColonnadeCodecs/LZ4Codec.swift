// SPDX-License-Identifier: Apache-2.0

import CLZ4

/// The codec that stores each block in the LZ4 block format.
@safe
package final class LZ4Codec: BlockCodec {
    /// The first level of the slower compressor with better results. Its blocks are decoded equally fast.
    private static let firstSlowLevel: Int32 = 3

    private let level: Int32
    /// The memory of the slower compressor, a quarter of a megabyte; nil before its first block.
    private var state: UnsafeMutableRawPointer?

    package init(level: Int = 1) { self.level = Int32(level) }

    deinit { unsafe state?.deallocate() }

    package func encode(_ block: RawSpan, appendingTo output: inout [UInt8]) -> Bool {
        unsafe output.append(shorterFormOf: block) { source, memory in
            let (count, capacity) = (Int32(source.count), Int32(memory.count))
            let target = unsafe UnsafeMutableRawPointer(memory.baseAddress)?.assumingMemoryBound(to: CChar.self)
            let bytes = unsafe source.baseAddress?.assumingMemoryBound(to: CChar.self)
            let length =
                unsafe level < Self.firstSlowLevel
                ? LZ4_compress_default(bytes, target, count, capacity)
                : LZ4_compress_HC_extStateHC(memoryOfSlowCompressor(), bytes, target, count, capacity, level)
            // With memory of ours, the only cause of 0 is a block that does not become shorter.
            return length > 0 ? Int(length) : nil
        }
    }

    @unsafe private func memoryOfSlowCompressor() -> UnsafeMutableRawPointer {
        if let state = unsafe state { return unsafe state }
        let new = UnsafeMutableRawPointer.allocate(byteCount: Int(LZ4_sizeofStateHC()), alignment: 16)
        unsafe state = unsafe new
        return unsafe new
    }

    package func decode(_ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Bool {
        guard let source = bytes.baseAddress, let target = output.baseAddress,
            let count = Int32(exactly: bytes.count), let length = Int32(exactly: output.count)
        else { return false }
        // The library may leave memory as it is for a match at a distance of 0, which is not valid.
        unsafe output.initializeMemory(as: UInt8.self, repeating: 0)
        return unsafe LZ4_decompress_safe(
            source.assumingMemoryBound(to: CChar.self), target.assumingMemoryBound(to: CChar.self), count, length)
            == length
    }

    package func hasNoDistanceOfZero(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var at = 0
        /// Returns a length: its four bits in a token, and the bytes that follow if these are all set.
        func length(_ bits: UInt8) -> Int {
            var length = Int(bits)
            guard bits == 15 else { return length }
            while at < bytes.count {
                let byte = unsafe bytes[at]
                at += 1
                length += Int(byte)
                if byte < 255 { break }
            }
            return length
        }
        while at < bytes.count {
            let token = unsafe bytes[at]
            at += 1
            at += length(token >> 4)
            guard at + 1 < bytes.count else { return true }
            if unsafe bytes[at] == 0 && bytes[at + 1] == 0 { return false }
            at += 2
            _ = length(token & 15)
        }
        return true
    }
}
