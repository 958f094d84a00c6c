// SPDX-License-Identifier: Apache-2.0

import ColonnadeCodecs
import ColonnadeCore
import Testing

@Suite struct InflateStreamTests {
    static let text = Array(String(repeating: "seven samples sample seven seas", count: 3).utf8)
    static let gzip: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x2B, 0x4E, 0x2D, 0x4B, 0xCD, 0x53, 0x28, 0x4E,
        0xCC, 0x2D, 0xC8, 0x49, 0x2D, 0x86, 0xD2, 0x0A, 0xC5, 0x10, 0xC1, 0xD4, 0xC4, 0xE2, 0x62, 0x8A, 0xA4, 0x01,
        0x55, 0x42, 0xEC, 0xB4, 0x5D, 0x00, 0x00, 0x00,
    ]
    static let zlib: [UInt8] = [
        0x78, 0xDA, 0x2B, 0x4E, 0x2D, 0x4B, 0xCD, 0x53, 0x28, 0x4E, 0xCC, 0x2D, 0xC8, 0x49, 0x2D, 0x86, 0xD2, 0x0A,
        0xC5, 0x10, 0xC1, 0xD4, 0xC4, 0xE2, 0x62, 0x8A, 0xA4, 0x01, 0x92, 0xE2, 0x23, 0xB0,
    ]
    static let deflate: [UInt8] = [
        0x2B, 0x4E, 0x2D, 0x4B, 0xCD, 0x53, 0x28, 0x4E, 0xCC, 0x2D, 0xC8, 0x49, 0x2D, 0x86, 0xD2, 0x0A, 0xC5, 0x10,
        0xC1, 0xD4, 0xC4, 0xE2, 0x62, 0x8A, 0xA4, 0x01,
    ]

    /// Decodes all data, with input and output in pieces of the given sizes.
    static func decode(
        _ bytes: [UInt8], _ container: InflateStream.Container, inPieces: Int = .max, outPieces: Int = 1 << 20
    ) throws(ColonnadeError) -> [UInt8] {
        var inflate = try InflateStream(container)
        var output: [UInt8] = []
        var position = 0
        while true {
            let end = position + min(inPieces, bytes.count - position)
            let before = output.count
            let used = try inflate.decode(
                bytes.span.extracting(position..<end), upTo: outPieces, appendingTo: &output)
            position += used
            if used == 0 && output.count == before && end == bytes.count { break }
        }
        try inflate.finish()
        return output
    }

    @Test(arguments: [1, 2, 7, 1000], [1, 3, 64, 1 << 20])
    func `all containers decode with pieces of any size`(inPieces: Int, outPieces: Int) throws {
        for (bytes, container) in [(Self.gzip, .gzip), (Self.zlib, .zlib), (Self.deflate, .deflate)]
            as [([UInt8], InflateStream.Container)]
        {
            #expect(try Self.decode(bytes, container, inPieces: inPieces, outPieces: outPieces) == Self.text)
        }
    }

    @Test func `gzip members follow one another`() throws {
        #expect(try Self.decode(Self.gzip + Self.gzip, .gzip) == Self.text + Self.text)
        #expect(try Self.decode(Self.gzip + Self.gzip, .gzip, inPieces: 1, outPieces: 1) == Self.text + Self.text)
    }

    @Test(arguments: [1, 5, 1000], [1, 3, 1 << 20])
    func `bytes of zero after a gzip member are ignored`(inPieces: Int, outPieces: Int) throws {
        for count in [1, 2, 3, 511, 70_000] {
            let zeros = [UInt8](repeating: 0, count: count)
            func decoded(_ bytes: [UInt8]) throws -> [UInt8] {
                try Self.decode(bytes, .gzip, inPieces: inPieces, outPieces: outPieces)
            }
            #expect(try decoded(Self.gzip + zeros) == Self.text)
            #expect(try decoded(Self.gzip + zeros + Self.gzip + zeros) == Self.text + Self.text)
            let error = #expect(throws: ColonnadeError.self) { _ = try decoded(Self.gzip + zeros + [10]) }
            #expect(error?.message.contains("after the end") == true)
            #expect(error?.place == .file("", offset: Self.gzip.count + count))
        }
        for (bytes, container) in [(Self.zlib, .zlib), (Self.deflate, .deflate)]
            as [([UInt8], InflateStream.Container)]
        {
            #expect(throws: ColonnadeError.self) { _ = try Self.decode(bytes + [0], container) }
        }
    }

    @Test func `bytes after the end are refused`() {
        for (bytes, container) in [(Self.gzip, .gzip), (Self.zlib, .zlib), (Self.deflate, .deflate)]
            as [([UInt8], InflateStream.Container)]
        {
            let error = #expect(throws: ColonnadeError.self) { _ = try Self.decode(bytes + [7, 7, 7], container) }
            #expect(error?.code == .invalidSource)
            #expect(error?.message.contains("after the end") == true)
        }
    }

    @Test func `every truncation is an error that names the offset`() {
        for (bytes, container) in [(Self.gzip, .gzip), (Self.zlib, .zlib), (Self.deflate, .deflate)]
            as [([UInt8], InflateStream.Container)]
        {
            for count in 0..<bytes.count {
                let error = #expect(throws: ColonnadeError.self) {
                    _ = try Self.decode(Array(bytes.prefix(count)), container)
                }
                #expect(error?.message.contains("truncated") == true)
                #expect(error?.place == .file("", offset: count))
            }
        }
    }

    @Test func `a changed byte is an error or does not change the contents`() {
        for index in Self.gzip.indices {
            for bit in 0..<8 {
                var bytes = Self.gzip
                bytes[index] ^= 1 << bit
                if let decoded = try? Self.decode(bytes, .gzip) { #expect(decoded == Self.text) }
            }
        }
    }
}
