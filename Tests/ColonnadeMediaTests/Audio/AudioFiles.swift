// SPDX-License-Identifier: Apache-2.0

/// Writers of small audio files, by the specifications of RIFF and AIFF-C.
enum AudioFiles {
    static func little(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    static func big(_ value: Int, _ count: Int) -> [UInt8] { little(value, count).reversed() }

    private static func chunk(_ name: String, _ size: [UInt8], _ contents: [UInt8]) -> [UInt8] {
        Array(name.utf8) + size + contents + (contents.count % 2 == 1 ? [0] : [])
    }

    /// Returns a WAV file of samples that are bytes already.
    static func wav(
        _ samples: [UInt8], code: Int = 1, bits: Int = 16, channels: Int = 1, rate: Int = 8000, extensible: Bool = false
    ) -> [UInt8] {
        let bytes = (bits + 7) / 8
        var format = little(extensible ? 0xFFFE : code, 2) + little(channels, 2) + little(rate, 4)
        format += little(rate * channels * bytes, 4) + little(channels * bytes, 2) + little(bits, 2)
        if extensible {
            format +=
                little(22, 2) + little(bits, 2) + little(0, 4) + little(code, 2) + [UInt8](repeating: 7, count: 14)
        }
        let chunks =
            chunk("fmt ", little(format.count, 4), format) + chunk("LIST", little(3, 4), [1, 2, 3])
            + chunk("data", little(samples.count, 4), samples)
        return Array("RIFF".utf8) + little(4 + chunks.count, 4) + Array("WAVE".utf8) + chunks
    }

    /// Returns an AIFF file, or an AIFF-C file with a compression, of samples that are bytes already.
    static func aiff(
        _ samples: [UInt8], frames: Int, bits: Int = 16, channels: Int = 1, rate: [UInt8] = rate44100,
        compression: String? = nil, soundFirst: Bool = false
    ) -> [UInt8] {
        var format = big(channels, 2) + big(frames, 4) + big(bits, 2) + rate
        if let compression { format += Array(compression.utf8) + [0, 0] }
        let parts =
            [chunk("COMM", big(format.count, 4), format)]
            + [chunk("SSND", big(samples.count + 8, 4), [UInt8](repeating: 0, count: 8) + samples)]
        let chunks = (soundFirst ? parts.reversed() : parts).flatMap(\.self)
        return Array("FORM".utf8) + big(4 + chunks.count, 4) + Array((compression == nil ? "AIFF" : "AIFC").utf8)
            + chunks
    }

    /// Returns the header of a FLAC file and its frames, of 16 samples each. Within each frame the checksum of the bytes so far is 0.
    ///
    /// - Parameters:
    ///   - sampleCount: the number of samples that the header tells; 0 if it tells none.
    ///   - hasSizes: whether the header tells the size of the frames.
    static func flac(frames: Int, sampleCount: Int, hasSizes: Bool = false) -> [[UInt8]] {
        let rate = big(8000 << 4, 3) + [0xF0] + big(sampleCount, 4)
        let size = big(hasSizes ? 42 : 0, 3)
        let header = Array("fLaC".utf8) + [0x80, 0, 0, 34, 0, 16, 0, 16] + size + size + rate
        var parts = [header + [UInt8](repeating: 0, count: 16)]
        for number in 0..<frames {
            // 16 samples as they are.
            var frame: [UInt8] = [0xFF, 0xF8, 0x60, 0, UInt8(number), 15]
            frame += big(checksum(frame, bits: 8, polynomial: 0x07), 1) + [2]
            for index in 0..<6 { frame += big(1000 * index + number, 2) }
            frame += big(checksum(frame, bits: 16, polynomial: 0x8005), 2)
            for index in 0..<9 { frame += big(300 * index + 1007, 2) }
            parts.append(frame + big(checksum(frame, bits: 16, polynomial: 0x8005), 2))
        }
        return parts
    }

    private static func checksum(_ bytes: [UInt8], bits: Int, polynomial: Int) -> Int {
        var checksum = 0
        for byte in bytes {
            checksum ^= Int(byte) << (bits - 8)
            for _ in 0..<8 {
                checksum = checksum << 1
                if checksum >> bits == 1 { checksum ^= 1 << bits | polynomial }
            }
        }
        return checksum
    }

    /// 44,100 as a floating-point number of 80 bits.
    static let rate44100: [UInt8] = [0x40, 0x0E, 0xAC, 0x44, 0, 0, 0, 0, 0, 0]
}
