// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeMedia
import Testing

/// Tests the check that picture files have their end, which decodes nothing.
@Suite struct ImageEndTests {
    private static let names = [
        "jpeg/video-001.q50.420.jpeg", "jpeg/video-001.q50.422.progressive.jpeg", "jpeg/video-005.gray.jpeg",
        "pngsuite/basn3p08-trns.png", "pngsuite/basn3p04-31i.png", "pngsuite/ftbbn0g04.png", "made/orientation-6.png",
        "made/lossy-rgba.webp", "made/lossless.webp", "made/orientation-6.webp", "made/palette.bmp", "made/rgba.bmp",
        "made/bits.pbm", "made/gray.pgm", "made/text.pbm", "made/text.pgm", "made/text.ppm", "made/rgba.tga",
        "made/rgb.tga", "made/palette.tga", "made/interlaced.gif", "made/rgb.gif", "made/orientation-5.jpg",
    ]

    private let files = MediaFiles()

    private func isAccepted(_ bytes: [UInt8]) -> Bool { (try? files.check(bytes)) != nil }

    private func refusal(_ bytes: [UInt8]) -> String {
        let error = #expect(throws: ColonnadeError.self) { try files.check(bytes) }
        #expect(error?.code == .invalidSource)
        return error?.message ?? ""
    }

    @Test func `each file that can be decoded has its end`() throws {
        let names = Set(try ImageFixture.all().map(\.name))
        #expect(names.count > 70)
        for name in names {
            let bytes = try ImageFixture.bytes(name)
            #expect(isAccepted(bytes), "\(name)")
            #expect(isAccepted(bytes + [1, 2, 0xFF, 0xD8, 3]), "\(name) with bytes after its end")
        }
    }

    @Test(arguments: names)
    func `a file that is cut at any byte is refused, or can be decoded`(name: String) throws {
        let bytes = try ImageFixture.bytes(name)
        let pixels = try ImageDecoder(ImageOptions(alpha: .keep)).decode(bytes)
        var accepted = 0
        for length in stride(from: 0, to: bytes.count, by: bytes.count > 4000 ? 13 : 1) {
            let file = Array(bytes.prefix(length))
            guard isAccepted(file) else { continue }
            accepted += 1
            #expect(try ImageDecoder(ImageOptions(alpha: .keep)).decode(file) == pixels, "\(length) bytes")
        }
        // GIF may lack its last byte, and text the last line end.
        #expect(accepted <= 26, "\(accepted)")
    }

    @Test func `the error says where the file ends`() throws {
        let jpeg = try ImageFixture.bytes("jpeg/video-001.q50.420.jpeg")
        #expect(
            refusal(Array(jpeg.dropLast(2)))
                == "the picture is damaged: its data end early, after \(jpeg.count - 2) bytes: replace it, or leave the sample out"
        )
        let png = try ImageFixture.bytes("pngsuite/basn6a08.png")
        #expect(refusal(Array(png.dropLast())).contains("end early, after \(png.count - 1) bytes"))
    }

    @Test func `the end of a thumbnail is not that of its picture`() throws {
        let jpeg = try ImageFixture.bytes("jpeg/video-001.q50.420.jpeg")
        let thumbnail = try ImageFixture.bytes("made/orientation-1.jpg")
        let contents = Array("Exif\0\0".utf8) + thumbnail
        let segment = [0xFF, 0xE1, UInt8((contents.count + 2) >> 8), UInt8((contents.count + 2) & 0xFF)] + contents
        let file = Array(jpeg[..<2]) + segment + jpeg[2...]
        #expect(isAccepted(file))
        #expect(refusal(Array(file.dropLast(2))).contains("end early"))
        #expect(refusal(Array(file.prefix(2 + segment.count))).contains("end early"))
    }

    @Test func `fill bytes and restarts are no end, and scans may follow each other`() throws {
        for name in ["jpeg/video-001.progressive.jpeg", "jpeg/video-001.q50.420.jpeg"] {
            let jpeg = try ImageFixture.bytes(name)
            let end = Array(jpeg.dropLast(2))
            #expect(!isAccepted(end + [0xFF, 0xD0, 0xFF, 0, 0xFF]))
            #expect(isAccepted(end + [0xFF, 0xFF, 0xFF, 0xD9]))
            #expect(try ImageDecoder().decode(end + [0xFF, 0xFF, 0xD9]) == ImageDecoder().decode(jpeg))
        }
    }

    @Test func `the end of a picture is not that of another one after it`() throws {
        let jpeg = try ImageFixture.bytes("jpeg/video-001.q50.420.jpeg")
        let other = try ImageFixture.bytes("made/orientation-1.jpg")
        #expect(refusal(Array(jpeg.dropLast(100)) + other).contains("end early"))
        #expect(isAccepted(jpeg + other))
    }

    @Test func `a comment ends a number of PNM`() throws {
        let file = Array("P2 2 1 255\n12#comment\n34".utf8)
        #expect(isAccepted(file))
        #expect(try ImageDecoder().decode(file).elements(as: UInt8.self) == [12, 34])
        #expect(refusal(Array("P2 2 1 255\n12#comment 34".utf8)).contains("end early"))
    }

    @Test func `an animation has all of its frames, whatever keeps its file`() throws {
        let gif = try ImageFixture.bytes("made/rgb.gif")
        let control: [UInt8] = [0x21, 0xF9, 4, 0, 0, 0, 0, 0]
        let palette: [UInt8] = [1, 2, 3, 4, 5, 6]
        let frame = [0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0x80] + palette + [2, 2, 0x44, 1, 0]
        let animation = gif.dropLast() + control + frame + control + frame + [0x3B]
        for length in gif.count - 1...animation.count {
            let file = Array(animation.prefix(length))
            #expect(isAccepted(file) == (length == animation.count), "\(length)")
            #expect(((try? files.unpacked(file, fromShare: 0)) == file) == (length == animation.count), "\(length)")
        }
        #expect(try ImageDecoder().decode(Array(animation.dropLast(9))) == ImageDecoder().decode(gif))
    }

    @Test func `a small JPEG file that stays as it is has its end`() throws {
        let jpeg = try ImageFixture.bytes("jpeg/video-001.q50.420.jpeg")
        #expect(try files.reduced(jpeg, toSide: 1000, quality: 90) == jpeg)
        let error = #expect(throws: ColonnadeError.self) {
            try files.reduced(Array(jpeg.dropLast(2)), toSide: 1000, quality: 90)
        }
        #expect(error?.message.contains("end early") == true)
    }
}
