// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeMedia
import Testing

/// Tests files of WAV and AIFF in memory.
@Suite struct AudioDecoderTests {
    private func decode(_ bytes: [UInt8], _ options: AudioOptions = AudioOptions()) throws -> (
        values: [Float], shape: [Int]
    ) {
        let samples = try AudioDecoder(options).decode(bytes.span)
        return (try samples.elements(as: Float.self), samples.shape)
    }

    /// The values 0.5, -1 and 0.25 + 2^-7 (or what the bits of a sample have of it), in each encoding of WAV.
    @Test(arguments: [false, true])
    func `samples of WAV are divided by the largest number`(extensible: Bool) throws {
        func wav(_ samples: [UInt8], _ code: Int, _ bits: Int) -> [UInt8] {
            AudioFiles.wav(samples, code: code, bits: bits, extensible: extensible)
        }
        let floats: [Float] = [0.5, -1, 0.2578125]
        #expect(try decode(wav([192, 0, 161], 1, 8)).values == floats)
        #expect(try decode(wav([0, 0x40, 0, 0x80, 0, 0x21], 1, 16)).values == floats)
        #expect(try decode(wav([0, 0, 0x40, 0, 0, 0x80, 0, 0, 0x21], 1, 24)).values == floats)
        #expect(try decode(wav([0, 0, 0, 0x40, 0, 0, 0, 0x80, 0, 0, 0, 0x21], 1, 32)).values == floats)
        let singles = floats.flatMap { AudioFiles.little(Int($0.bitPattern), 4) }
        #expect(try decode(wav(singles, 3, 32)).values == floats)
        let doubles = floats.flatMap { AudioFiles.little(Int(bitPattern: UInt(Double($0).bitPattern)), 8) }
        #expect(try decode(wav(doubles, 3, 64)).values == floats)
        // The low bits of 12 in two bytes are 0.
        #expect(try decode(wav([0x10, 0, 0xF0, 0xFF], 1, 12)).values == [16 / 32768, -16 / 32768])
    }

    @Test func `samples of AIFF have the high byte first, unless its compression says otherwise`() throws {
        let floats: [Float] = [0.5, -1, 0.2578125]
        #expect(try decode(AudioFiles.aiff([0x40, 0x80, 0x21], frames: 3, bits: 8)).values == floats)
        let words: [UInt8] = [0x40, 0, 0x80, 0, 0x21, 0]
        for soundFirst in [false, true] {
            #expect(try decode(AudioFiles.aiff(words, frames: 3, soundFirst: soundFirst)).values == floats)
        }
        #expect(try decode(AudioFiles.aiff(words, frames: 3, compression: "NONE")).values == floats)
        let swapped: [UInt8] = [0, 0x40, 0, 0x80, 0, 0x21]
        #expect(try decode(AudioFiles.aiff(swapped, frames: 3, compression: "sowt")).values == floats)
        let threes: [UInt8] = [0x40, 0, 0, 0x80, 0, 0, 0x21, 0, 0]
        #expect(try decode(AudioFiles.aiff(threes, frames: 3, bits: 24)).values == floats)
        let fours: [UInt8] = [0x40, 0, 0, 0, 0x80, 0, 0, 0, 0x21, 0, 0, 0]
        #expect(try decode(AudioFiles.aiff(fours, frames: 3, bits: 32)).values == floats)
        #expect(try decode(AudioFiles.aiff([192, 0, 161], frames: 3, bits: 8, compression: "raw ")).values == floats)
        let singles = floats.flatMap { AudioFiles.big(Int($0.bitPattern), 4) }
        #expect(try decode(AudioFiles.aiff(singles, frames: 3, bits: 32, compression: "fl32")).values == floats)
        let doubles = floats.flatMap { AudioFiles.big(Int(bitPattern: UInt(Double($0).bitPattern)), 8) }
        #expect(try decode(AudioFiles.aiff(doubles, frames: 3, bits: 64, compression: "fl64")).values == floats)
    }

    @Test func `channels are the second dimension, and their mean is mono`() throws {
        let file = AudioFiles.wav([0, 0x40, 0, 0, 0, 0x20, 0, 0xC0], channels: 2)
        let both = try decode(file)
        #expect(both.values == [0.5, 0, 0.25, -0.5] && both.shape == [2, 2])
        let mono = try decode(file, AudioOptions(channels: .mono))
        #expect(mono.values == [0.25, -0.125] && mono.shape == [2, 1])
        #expect(try decode(AudioFiles.wav([], channels: 3)).shape == [0, 3])
    }

    @Test func `headers tell length, channels and rate`() throws {
        let wav = try AudioDecoder.info(AudioFiles.wav([1, 2, 3, 4, 5, 6, 7, 8], channels: 2, rate: 11_025).span)
        #expect(wav == AudioInfo(frameCount: 2, channelCount: 2, sampleRate: 11_025))
        #expect(wav.seconds == 2.0 / 11_025)
        let aiff = try AudioDecoder.info(AudioFiles.aiff([1, 2, 3, 4], frames: 2).span)
        #expect(aiff == AudioInfo(frameCount: 2, channelCount: 1, sampleRate: 44_100))
        // 22,254.5454 is a rate of old files, 0x400DADDD1745D1746000 in their header.
        let old: [UInt8] = [0x40, 0x0D, 0xAD, 0xDD, 0x17, 0x45, 0xD1, 0x74, 0x60, 0]
        #expect(try AudioDecoder.info(AudioFiles.aiff([], frames: 0, rate: old).span).sampleRate == 22_255)
    }

    @Test func `the samples of a pipe end with the file`() throws {
        var file = AudioFiles.wav([0, 0x40, 0, 0x20])
        file.replaceSubrange(file.count - 8..<file.count - 4, with: [0xFF, 0xFF, 0xFF, 0xFF])
        #expect(try decode(file).values == [0.5, 0.25])
        // RF64 has the size elsewhere.
        let sizes = AudioFiles.little(0, 8) + AudioFiles.little(2, 8) + AudioFiles.little(0, 12)
        file = Array("RF64".utf8) + file[4..<12] + Array("ds64".utf8) + AudioFiles.little(28, 4) + sizes + file[12...]
        #expect(try decode(file).values == [0.5])
    }

    @Test func `samples of a program that wrote no sizes end with the file, and are never left out`() throws {
        let complete = AudioFiles.wav([0, 0x40, 0, 0x20])
        for riff in [0, 36, 0xFFFF_FFFF] {
            var file = complete
            file.replaceSubrange(4..<8, with: AudioFiles.little(riff, 4))
            file.replaceSubrange(file.count - 8..<file.count - 4, with: [0, 0, 0, 0])
            #expect(try decode(file).values == [0.5, 0.25])
            #expect(try AudioDecoder.info(file.span).frameCount == 2)
        }
        var file = complete
        file.replaceSubrange(file.count - 8..<file.count - 4, with: [0, 0, 0, 0])
        let error = #expect(throws: ColonnadeError.self) { try decode(file) }
        #expect(error?.message.contains("its header says that there are no samples, and 4 bytes") == true)
        // Without samples, other parts may follow.
        let empty = AudioFiles.wav([])
        #expect(try decode(empty).shape == [0, 1])
        #expect(try decode(empty + Array("LIST".utf8) + AudioFiles.little(3, 4) + [1, 2, 3, 0]).shape == [0, 1])
        #expect(throws: ColonnadeError.self) { try decode(AudioFiles.aiff([1, 2, 3, 4], frames: 0)) }
    }

    @Test func `a number of 64 bits that float32 does not hold is an error`() throws {
        func file(_ values: [Double]) -> [UInt8] {
            let bytes = values.flatMap { AudioFiles.little(Int(bitPattern: UInt($0.bitPattern)), 8) }
            return AudioFiles.wav(bytes, code: 3, bits: 64, channels: 2)
        }
        let fits = try decode(file([1, 3.4e38, -3.4e38, .infinity]))
        #expect(fits.values == [1, 3.4e38, -3.4e38, .infinity])
        for value in [1e300, -1e39] {
            let error = #expect(throws: ColonnadeError.self) { try decode(file([0, 0, 0, value])) }
            #expect(error?.code == .invalidSource)
            #expect(error?.message.contains("frame 1, channel 1) is beyond the range of float32") == true)
        }
    }

    @Test func `FLAC that ends early is found without decoding`() throws {
        let whole = try ImageFixture.bytes("../audio/tabla_na_o.flac")
        let files = MediaFiles()
        try files.check(whole)
        try files.check(whole + Array("TAG".utf8) + [UInt8](repeating: 0, count: 125))
        for length in Array(stride(from: 4, to: whole.count, by: 97)) + [whole.count - 1, whole.count - 2] {
            let error = #expect(throws: ColonnadeError.self, "\(length)") { try files.check(Array(whole[..<length])) }
            #expect(error?.code == .invalidSource || length < 42)
            if length > 2000 { #expect(error?.message.contains("ends early, after \(length) bytes") == true) }
        }
        // The number of samples is not known.
        var unknown = whole
        unknown[21] &= 0xF0
        unknown.replaceSubrange(22..<26, with: [0, 0, 0, 0])
        try files.check(unknown)
        try files.check(unknown + Array("TAG".utf8) + [UInt8](repeating: 0, count: 125))
        for count in [1, 2, 50, 500] {
            #expect(throws: ColonnadeError.self, "\(count)") { try files.check(Array(unknown.dropLast(count))) }
        }
    }

    private func isAccepted(_ bytes: [UInt8]) -> Bool { (try? MediaFiles().check(bytes)) != nil }

    @Test func `FLAC that is cut at any byte is refused, unless frames end there`() throws {
        for (sampleCount, hasSizes) in [(0, false), (0, true), (64, false), (64, true)] {
            let parts = AudioFiles.flac(frames: 4, sampleCount: sampleCount, hasSizes: hasSizes)
            let whole = parts.flatMap(\.self)
            var ends: [Int] = []
            for part in parts { ends.append((ends.last ?? 0) + part.count) }
            // Without the number of samples, a file that ends with a frame is complete.
            var expected = sampleCount == 0 ? ends : [whole.count]
            // Without the sizes of frames, one that is cut where its checksum is 0 looks complete.
            if !hasSizes { expected += (sampleCount == 0 ? ends.dropFirst() : ends.suffix(1)).map { $0 - 20 } }
            let accepted = (4...whole.count).filter { isAccepted(Array(whole[..<$0])) }
            #expect(accepted == expected.sorted())
            for tag in ["TAG", "APETAGEX", "LYRICSBEGIN", "ID3"] {
                #expect(isAccepted(whole + [0, 0] + Array(tag.utf8) + [1, 2, 3]), "\(tag)")
            }
            #expect(!isAccepted(whole + [0, 0, 1, 2, 3]))
        }
    }

    @Test func `a frame of FLAC has a size that the header permits`() throws {
        let parts = AudioFiles.flac(frames: 4, sampleCount: 0)
        let size = parts[1].count
        func file(_ least: Int, _ most: Int) -> [UInt8] {
            var whole = parts.flatMap(\.self)
            whole.replaceSubrange(12..<18, with: AudioFiles.big(least, 3) + AudioFiles.big(most, 3))
            return whole
        }
        #expect(isAccepted(file(0, 0)) && isAccepted(file(size, size)))
        #expect(!isAccepted(file(0, size - 1)) && !isAccepted(file(size + 1, size + 1)))
    }

    @Test func `memory is counted before the length of a sound is found by decoding it`() throws {
        func bytes(_ file: [UInt8]) -> Int { AudioDecoder.bytesOfInfo(file.span) }
        #expect(bytes(AudioFiles.wav([1, 2])) == 0)
        #expect(bytes(AudioFiles.flac(frames: 4, sampleCount: 64).flatMap(\.self)) == 0)
        #expect(bytes(AudioFiles.flac(frames: 4, sampleCount: 0).flatMap(\.self)) == 1 << 31)
        // Two frames of 24 bytes have 576 samples each, of two channels.
        let frame: [UInt8] = [0xFF, 0xF3, 0x14, 0] + [UInt8](repeating: 0, count: 20)
        #expect(bytes(frame + frame) >= 2 * 576 * 2 * 4)
    }

    @Test func `a file that is cut anywhere is refused, or complete`() throws {
        let samples: [UInt8] = [0, 0x40, 0, 0x20, 1, 2, 3, 4]
        for file in [
            AudioFiles.wav(samples, channels: 2), AudioFiles.aiff(samples, frames: 2, channels: 2),
            AudioFiles.aiff(samples, frames: 2, channels: 2, compression: "sowt", soundFirst: true),
        ] {
            let whole = try decode(file)
            for length in 0..<file.count {
                // Without its format or its signature a file is unknown.
                let error = #expect(throws: ColonnadeError.self, "\(length)") { try decode(Array(file[..<length])) }
                #expect(error?.code == .invalidSource || length < 12, "\(length): \(String(describing: error))")
            }
            #expect(try decode(file + [1, 2, 3]).values == whole.values)
        }
    }

    @Test func `a changed header gives an error or audio of the bytes that are there`() throws {
        for file in [
            AudioFiles.wav([UInt8](repeating: 3, count: 24), channels: 2),
            AudioFiles.aiff([UInt8](repeating: 3, count: 24), frames: 6, channels: 2, compression: "NONE"),
        ] {
            for index in file.indices {
                for pattern in [0xFF, 0x80, 0x01] as [UInt8] {
                    var changed = file
                    changed[index] ^= pattern
                    guard let samples = try? AudioDecoder().decode(changed.span) else { continue }
                    #expect(samples.shape.reduce(1, *) <= file.count)
                }
            }
        }
    }

    @Test func `claims without bytes are refused`() throws {
        func message(_ file: [UInt8]) -> String {
            let error = #expect(throws: ColonnadeError.self) { try decode(file) }
            #expect(error?.code == .invalidSource)
            return error?.message ?? ""
        }
        #expect(message(AudioFiles.aiff([1, 2], frames: 4_000_000_000)).contains("4000000000 frames"))
        #expect(message(AudioFiles.wav([1, 2, 3])).contains("its last frame has 1 of 2 bytes"))
        #expect(message(AudioFiles.wav([1, 2], channels: 0)).contains("0 channels"))
        #expect(message(AudioFiles.wav([1, 2], rate: 0)).contains("0 frames in a second"))
        var file = AudioFiles.wav([1, 2])
        file[12] = 0x66 ^ 0x20
        #expect(message(file).contains("before their format"))
    }

    @Test func `other rates give floor(n × new ÷ old) frames`() throws {
        let file = AudioFiles.wav([UInt8](repeating: 0x10, count: 2 * 1001))
        for rate in [16_000, 7_999, 8_000, 3, 44_100] {
            let shape = try decode(file, AudioOptions(sampleRate: rate)).shape
            #expect(shape == [1001 * rate / 8000, 1])
        }
        for rate in [0, -1, 1 << 25] {
            #expect(throws: ColonnadeError.self) { try AudioDecoder(AudioOptions(sampleRate: rate)) }
        }
    }
}
