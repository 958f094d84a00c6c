// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeMedia
import Testing

/// Damaged files: each must be an error, or have pixels; a crash ends the test.
@Suite struct HostileImageTests {
    private static let formats = [
        "jpeg/video-001.q50.420.jpeg", "jpeg/video-001.q50.422.progressive.jpeg", "pngsuite/basn3p08-trns.png",
        "pngsuite/basn6a08.png", "pngsuite/basn3p04-31i.png", "pngsuite/ftbbn0g04.png", "made/lossy-rgba.webp",
        "made/lossless-rgba.webp", "made/palette.bmp", "made/rgba.bmp", "made/bits.pbm", "made/text.ppm",
        "made/rgba.tga",
        "made/palette.tga", "made/interlaced.gif", "made/rgb.gif", "made/orientation-5.jpg",
    ]

    private let decoder = ImageDecoder(ImageOptions(alpha: .keep))

    private func outcome(_ bytes: [UInt8]) -> Tensor? {
        do {
            return try decoder.decode(bytes)
        } catch {
            #expect([.invalidSource, .unsupported].contains(error.code), "\(error)")
            return nil
        }
    }

    @Test func `a file that is cut at any byte is an error, unless only metadata at its end are missing`() throws {
        for name in HostileImageTests.formats {
            let bytes = try ImageFixture.bytes(name)
            let pixels = try decoder.decode(bytes)
            var accepted = 0
            for length in stride(from: 0, to: bytes.count, by: bytes.count > 1500 ? 7 : 1) {
                guard let found = outcome(Array(bytes.prefix(length))) else { continue }
                accepted += 1
                #expect(found == pixels, "\(name) of \(length) bytes")
            }
            let endsWithPixels = name.hasSuffix("jpeg") || name.hasSuffix("jpg") || name.hasSuffix("png")
            #expect(endsWithPixels ? accepted == 0 : accepted < 60, "\(name): \(accepted)")
        }
    }

    @Test func `each flipped bit of a header gives an error or pixels`() throws {
        for name in HostileImageTests.formats {
            var bytes = try ImageFixture.bytes(name)
            for place in 0..<min(44, bytes.count) {
                for bit in [0, 3, 7] {
                    bytes[place] ^= 1 << bit
                    if let found = outcome(bytes) { #expect(found.rank == 3 && found.count > 0) }
                    bytes[place] ^= 1 << bit
                }
            }
        }
    }

    @Test func `each flipped bit of the data of PNG is an error`() throws {
        var bytes = try ImageFixture.bytes("pngsuite/basn6a08.png")
        for place in 33..<bytes.count - 12 {
            bytes[place] ^= 4
            #expect(outcome(bytes) == nil, "byte \(place)")
            bytes[place] ^= 4
        }
    }

    @Test func `a few bytes that claim a large picture are refused`() throws {
        func refusal(_ bytes: [UInt8]) -> String {
            let error = #expect(throws: ColonnadeError.self) { try ImageDecoder().decode(bytes) }
            return error?.message ?? ""
        }
        // The place and the size of the width and the height in the header, and whether their first byte is the largest.
        let headers: [(String, Int, Int, Int, Bool)] = [
            ("pngsuite/basn6a08.png", 16, 20, 4, true), ("made/rgba.bmp", 18, 22, 4, false),
            ("made/palette.tga", 12, 14, 2, false), ("made/lossless.webp", 0, 0, 0, false),
            ("made/orientation-1.jpg", 0, 0, 2, true), ("made/rgb.gif", 6, 8, 2, false),
        ]
        for (name, width, height, size, isBig) in headers {
            for (pixels, reason) in [(30_000, "more than the limit"), (16_000, "too few")] {
                var bytes = try ImageFixture.bytes(name)
                var places = (width, height)
                if name.hasSuffix("webp") {
                    // Width and height less one, of 14 bits each.
                    guard pixels < 16_384 else { continue }
                    let packed = UInt32(pixels - 1) | UInt32(pixels - 1) << 14
                    for index in 0..<4 { bytes[21 + index] = UInt8(truncatingIfNeeded: packed >> (8 * index)) }
                } else {
                    if name.hasSuffix("jpg") {
                        let frame = try #require(
                            (0..<bytes.count - 1).first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC0 })
                        places = (frame + 7, frame + 5)
                    }
                    for place in [places.0, places.1] {
                        for index in 0..<size {
                            let shift = 8 * (isBig ? size - 1 - index : index)
                            bytes[place + index] = UInt8(truncatingIfNeeded: pixels >> shift)
                        }
                    }
                }
                #expect(refusal(bytes).contains(reason), "\(name), \(pixels): \(refusal(bytes))")
            }
        }
        let text = Array("P6 30000 30000 255 ".utf8) + [UInt8](repeating: 0, count: 80)
        #expect(refusal(text).contains("more than the limit"))
        #expect(refusal(Array("P5 16000 16000 255 ".utf8)).contains("too few"))
        #expect(refusal(Array("P5 99999999999999999999 1 255 ".utf8)).contains("there is no number"))
    }

    @Test func `a JPEG file of more than 100 scans is refused`() throws {
        let bytes = try ImageFixture.bytes("jpeg/video-001.q50.422.progressive.jpeg")
        // The last scan, with its tables, again and again.
        let scan = try #require(
            (0..<bytes.count - 1).last { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xDA })
        let tables = try #require(
            (0..<scan).last { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC4 })
        let repeated = bytes[tables..<bytes.count - 2]
        var many = Array(bytes.dropLast(2))
        for _ in 0..<120 { many += repeated }
        many += [0xFF, 0xD9]
        #expect(outcome(many) == nil)
    }
}
