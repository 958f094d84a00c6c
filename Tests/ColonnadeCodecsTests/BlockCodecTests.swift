// SPDX-License-Identifier: Apache-2.0

import ColonnadeCodecs
import ColonnadeCore
import Testing

/// The promises of every codec. The reference implementation checks the stored forms in `ReferenceTests`.
@Suite struct BlockCodecTests {
    enum Name: CaseIterable {
        case zlib, zstd, lz4, slowLZ4

        var codec: any BlockCodec {
            switch self {
            case .zlib: ZlibCodec()
            case .zstd: ZstdCodec(level: 5)
            case .lz4: LZ4Codec()
            case .slowLZ4: LZ4Codec(level: 9)
            }
        }
    }

    /// Returns text-like bytes: letters of which few occur often.
    private static func bytes(_ count: Int) -> [UInt8] {
        var random = SplitMix64(state: 5)
        return (0..<count).map { _ in 97 + UInt8(random.next() % 7 * (random.next() % 2)) }
    }

    private func encoded(_ block: [UInt8], _ codec: any BlockCodec) -> [UInt8]? {
        var output: [UInt8] = [1, 2]
        guard unsafe codec.encode(block.span.bytes, appendingTo: &output) else {
            #expect(output == [1, 2])
            return nil
        }
        #expect(output.prefix(2) == [1, 2] && output.count - 2 < block.count)
        return Array(output.dropFirst(2))
    }

    private func decoded(_ bytes: [UInt8], _ count: Int, _ codec: any BlockCodec) -> [UInt8]? {
        var output = [UInt8](repeating: 0xA5, count: count + 1)
        let isValid = unsafe output.withUnsafeMutableBytes { output in
            unsafe bytes.withUnsafeBytes {
                unsafe codec.decode($0, into: UnsafeMutableRawBufferPointer(rebasing: output[..<count]))
            }
        }
        #expect(output[count] == 0xA5, "bytes after the block are written")
        return isValid ? output.dropLast() : nil
    }

    @Test(arguments: Name.allCases) func `blocks come back`(name: Name) {
        let codec = name.codec
        var shorter = 0
        for count in Array(0...70) + [255, 256, 257, 4095, 4096, 65_535, 65_536] {
            for block in [Self.bytes(count), [UInt8](repeating: 7, count: count)] {
                guard let stored = encoded(block, codec) else { continue }
                shorter += 1
                #expect(decoded(stored, count, codec) == block)
                #expect(decoded(stored, count + 1, codec) == nil)
                if count > 0 { #expect(decoded(stored, count - 1, codec) == nil) }
            }
        }
        #expect(shorter > 40)
    }

    @Test(arguments: Name.allCases) func `noise is not stored shorter`(name: Name) {
        var random = SplitMix64(state: 1)
        #expect(encoded((0..<4096).map { _ in UInt8(truncatingIfNeeded: random.next()) }, name.codec) == nil)
    }

    @Test(arguments: Name.allCases) func `damaged blocks are refused, or give a block of the same length`(name: Name)
        throws
    {
        let codec = name.codec
        let block = Self.bytes(400)
        let stored = try #require(encoded(block, codec))
        for index in stored.indices {
            #expect(decoded(Array(stored[..<index]), 400, codec) == nil, "\(index) bytes")
            for bit in 0..<8 {
                var damaged = stored
                damaged[index] ^= 1 << bit
                _ = decoded(damaged, 400, codec)
            }
        }
        #expect(decoded(stored + [0], 400, codec) == nil)
        #expect(decoded(stored + stored, 400, codec) == nil)
        #expect(decoded(stored + stored, 800, codec) == nil)
    }

    @Test func `zstd reuses its state after a damaged block, in several codecs at once`() throws {
        let block = Self.bytes(4000)
        let codecs = (0..<3).map { _ in ZstdCodec() }
        let stored = try #require(encoded(block, codecs[0]))
        for _ in 0..<3 {
            for codec in codecs {
                #expect(decoded(Array(stored.dropLast(3)), 4000, codec) == nil)
                #expect(decoded(stored, 4000, codec) == block)
            }
        }
    }

    @Test(arguments: [(4, 12), (16_384, 12), (32_767, 12), (32_768, 13), (100_000, 14), (1 << 18, 16), (1 << 30, 16)])
    func `blocks are larger for large rows`(rowBytes: Int, exponent: Int) throws {
        let bytes = Self.bytes(70_000)
        let stored = unsafe BlockedRegion.encode(bytes.span.bytes, rowBytes: rowBytes, headerSize: 8, with: LZ4Codec())
        #expect(stored[0] == UInt8(exponent) && stored[1..<8].allSatisfy { $0 == 0 })
        try unsafe stored.withUnsafeBytes { stored in
            let region = try unsafe BlockedRegion(stored: stored, length: bytes.count, headerSize: 8)
            #expect(region.blockSize == 1 << exponent)
            try region.validateIndex()
        }
    }
}
