// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeMedia
import Testing

/// Tests files that must stay as they are, whatever storage is asked for, and files whose claims are refused.
@Suite struct MediaFilesTests {
    private let files = MediaFiles()

    @Test func `a file whose scans redefine a quantization table stays as it is`() throws {
        let file = try ImageFixture.bytes("jpeg/video-001.progressive.jpeg")
        let scans = file.indices.dropLast().filter { file[$0] == 0xFF && file[$0 + 1] == 0xDA }
        let table = [0xFF, 0xDB, 0, 67, 0] + [UInt8](repeating: 9, count: 64)
        let changed = Array(file[..<scans[1]]) + table + file[scans[1]...]
        #expect(try files.baseline(changed) == changed)
        #expect(try files.baseline(file) != file)
        // The first table holds for the pixels.
        #expect(try ImageDecoder().decode(changed) == ImageDecoder().decode(file))
    }

    @Test func `an animation is not replaced by the pixels of its first frame`() throws {
        let gif = try ImageFixture.bytes("made/rgb.gif")
        #expect(gif.last == 0x3B)
        let pixels = try files.unpacked(gif, fromShare: 0)
        #expect(pixels.starts(with: "P6 ".utf8))
        let comment: [UInt8] = [0x21, 0xFE, 2, 65, 66, 0]
        #expect(try files.unpacked(gif.dropLast() + comment + [0x3B], fromShare: 0) == pixels)
        let frame: [UInt8] = [0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0]
        let animation = gif.dropLast() + comment + frame + [0x3B]
        #expect(try files.unpacked(animation, fromShare: 0) == animation)
        #expect(try ImageDecoder().decode(animation) == ImageDecoder().decode(gif))

        let png = try ImageFixture.bytes("pngsuite/basn2c08.png")
        let control: [UInt8] = [0, 0, 0, 8] + Array("acTL".utf8) + [0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0]
        #expect(try files.unpacked(png, fromShare: 0).starts(with: "P6 ".utf8))
        let animated = Array(png[..<33]) + control + png[33...]
        #expect(try files.unpacked(animated, fromShare: 0) == animated)
    }

    @Test func `a large canvas of GIF needs as many bytes as a large frame`() throws {
        func gif(_ width: Int, _ height: Int) -> [UInt8] {
            let size = AudioFiles.little(width, 2) + AudioFiles.little(height, 2)
            let frame: [UInt8] = [0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3B]
            return Array("GIF89a".utf8) + size + [0x80, 0, 0, 9, 8, 7, 0, 0, 0] + frame
        }
        #expect(try ImageHeader(of: gif(1024, 1024)).width == 1024)
        #expect(try ImageDecoder().decode(gif(9, 8)).shape == [8, 9, 3])
        for (width, height) in [(1025, 1024), (65_535, 65_535), (30_000, 100)] {
            let error = #expect(throws: ColonnadeError.self) { _ = try ImageHeader(of: gif(width, height)) }
            let message = error?.message ?? ""
            #expect(message.contains("too few") || message.contains("2^28"), "\(message)")
        }
    }
}
