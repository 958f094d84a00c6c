// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeMedia
import Testing

@Suite struct ImageDecoderTests {
    @Test func `each file has the pixels that Pillow finds in it`() throws {
        let files = try ImageFixture.all()
        #expect(files.count > 150)
        for file in files {
            let bytes = try ImageFixture.bytes(file.name)
            let decoder = ImageDecoder(file.options)
            let pixels = try decoder.decode(bytes)
            #expect(pixels.shape == file.shape, "\(file.name)")
            #expect(ImageFixture.checksum(try pixels.elements(as: UInt8.self)) == file.checksum, "\(file)")
            let header = try ImageHeader(of: bytes)
            let isTurned = file.options.orientation == .apply && header.orientation > 4
            let size = isTurned ? [header.width, header.height] : [header.height, header.width]
            #expect(size == Array(file.shape.prefix(2)), "\(file.name)")
        }
    }

    @Test func `the header tells format, size, channels and orientation`() throws {
        let bytes = try ImageFixture.bytes("made/orientation-6.jpg")
        let header = try ImageHeader(of: bytes)
        #expect(header.format == .jpeg)
        #expect((header.width, header.height, header.channels, header.orientation) == (13, 9, 3, 6))
        let names = [
            "made/orientation-6.png", "made/lossy.webp", "made/rgb.bmp", "made/text.pgm", "made/rgb.gif",
            "made/rgb.tga",
        ]
        let formats = try names.map { try ImageHeader(of: ImageFixture.bytes($0)).format }
        #expect(formats == [.png, .webp, .bmp, .pnm, .gif, .tga])
    }

    @Test func `bytes that are no picture are refused, other formats by name`() throws {
        func refusal(_ bytes: [UInt8]) -> String {
            let error = #expect(throws: ColonnadeError.self) { try ImageDecoder().decode(bytes) }
            return error?.message ?? ""
        }
        #expect(refusal([]).contains("it is empty"))
        #expect(refusal(Array("hello, world".utf8)).contains("it is no picture in JPEG"))
        #expect(refusal([UInt8](repeating: 0, count: 100)).contains("it is no picture"))
        #expect(refusal(Array("RIFF\0\0\0\0WAVEfmt ".utf8)).contains("it is a WAV sound"))
        #expect(refusal(Array("fLaC\0\0\0\u{22}".utf8)).contains("it is a FLAC sound"))
        #expect(refusal(Array("II*\0\u{8}\0\0\0".utf8)).contains("it is a TIFF picture"))
        #expect(refusal(Array("\0\0\0\u{1C}ftypheic".utf8)).contains("it is a HEIF or AVIF picture"))
        #expect(refusal(Array("<html><body>not found".utf8)).contains("it is an HTML page"))
    }

    @Test func `transparent pixels of GIF get the background color`() throws {
        // Two pixels: color 1, and color 0, which is transparent; the background is color 2.
        let palette: [UInt8] = [9, 9, 9, 10, 20, 30, 40, 50, 60, 0, 0, 0]
        let screen: [UInt8] = [2, 0, 1, 0, 0x81, 2, 0]
        let control: [UInt8] = [0x21, 0xF9, 4, 1, 0, 0, 0, 0]
        let frame: [UInt8] = [0x2C, 0, 0, 0, 0, 2, 0, 1, 0, 0]
        // Codes of 3 bits: clear, 1, 0, end.
        let data: [UInt8] = [2, 2, 0b00_001_100, 0b0000_1010, 0, 0x3B]
        let bytes = Array("GIF89a".utf8) + screen + palette + control + frame + data
        let pixels = try ImageDecoder().decode(bytes)
        #expect(try pixels.elements(as: UInt8.self) == [10, 20, 30, 40, 50, 60])
        let clear = try ImageDecoder(ImageOptions(alpha: .keep)).decode(bytes)
        #expect(try clear.elements(as: UInt8.self) == [10, 20, 30, 255, 40, 50, 60, 0])
    }

    @Test func `BMP files of 16 bits, masks and rows from top to bottom`() throws {
        func header(_ bits: UInt8, _ compression: UInt8, _ masks: [UInt8]) -> [UInt8] {
            let start = UInt8(54 + masks.count)
            return Array("BM".utf8) + [0, 0, 0, 0, 0, 0, 0, 0, start, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0]
                + [0xFE, 0xFF, 0xFF, 0xFF, 1, 0, bits, 0, compression] + [UInt8](repeating: 0, count: 23) + masks
        }
        // Two rows of one pixel, each with two bytes that align it.
        let plain = header(16, 0, []) + [0x1F, 0x7C, 0, 0, 0xE0, 0x03, 0, 0]
        #expect(try ImageDecoder().decode(plain).elements(as: UInt8.self) == [255, 0, 255, 0, 255, 0])
        let masks: [UInt8] = [0, 0xF8, 0, 0, 0xE0, 7, 0, 0, 0x1F, 0, 0, 0]
        let masked = header(16, 3, masks) + [0x00, 0x08, 0, 0, 0x20, 0x04, 0, 0]
        #expect(try ImageDecoder().decode(masked).elements(as: UInt8.self) == [8, 0, 0, 0, 134, 0])
    }
}
