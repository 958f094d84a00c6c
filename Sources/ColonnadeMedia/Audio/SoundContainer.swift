// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The sizes in the headers of files that libsndfile reads as far as they go: AU, CAF, NIST, VOC, W64, and 8SVX. Of a file that ends
/// early it returns fewer samples, without an error.
enum SoundContainer {
    /// Returns whether a file has one of these formats.
    static func isOne(_ bytes: Span<UInt8>) -> Bool {
        let isIFF = bytes.has("FORM") && (bytes.has("8SVX", at: 8) || bytes.has("16SV", at: 8))
        return isIFF || [".snd", "dns.", "caff", "riff", "Creative Voice File", "NIST_1A"].contains { bytes.has($0) }
    }

    /// Throws `invalidSource` for a file of such a format that is shorter than its header says.
    static func check(_ bytes: Span<UInt8>) throws(ColonnadeError) {
        if bytes.has(".snd") || bytes.has("dns.") {
            guard bytes.count >= 24 else { throw .damagedAudio("AU: its header is incomplete") }
            let isBig = bytes.has(".snd")
            let (start, size) =
                isBig ? (try bytes.big32(4), try bytes.big32(8)) : (try bytes.little32(4), try bytes.little32(8))
            try check(bytes, "AU", size: size, from: start, unknown: 0xFFFF_FFFF)
            guard size > 0 || bytes.count <= start else {
                throw .damagedAudio(
                    "AU: its header says that there are no samples, and \(bytes.count - start) bytes of them follow")
            }
        } else if bytes.has("FORM"), bytes.has("8SVX", at: 8) || bytes.has("16SV", at: 8) {
            try check(bytes, "8SVX", size: try bytes.big32(4), from: 8)
        } else if bytes.has("caff") {
            try checkCAF(bytes)
        } else if bytes.has("riff"), bytes.has("wave", at: 24) {
            try checkW64(bytes)
        } else if bytes.has("Creative Voice File") {
            try checkVOC(bytes)
        } else if bytes.has("NIST_1A") {
            try checkNIST(bytes)
        }
    }

    /// Throws `invalidSource` unless the file has a part of a size at a place. `unknown` is the size of a part that goes to the end.
    private static func check(
        _ bytes: Span<UInt8>, _ format: String, size: Int, from start: Int, unknown: Int? = nil
    ) throws(ColonnadeError) {
        guard size != unknown else { return }
        let present = max(bytes.count - start, 0)
        guard size >= 0, size <= present else {
            throw .damagedAudio(
                "\(format): it has \(present) bytes after byte \(start), and its header tells of \(size): it ends early"
            )
        }
    }

    private static func checkCAF(_ bytes: Span<UInt8>) throws(ColonnadeError) {
        var place = 8
        while place <= bytes.count - 12 {
            let (high, low) = (try bytes.big32(place + 4), try bytes.big32(place + 8))
            // The samples of a file that was written to a pipe go to its end.
            if high == 0xFFFF_FFFF, low == 0xFFFF_FFFF, bytes.has("data", at: place) { return }
            let size = high < 1 << 30 ? high << 32 | low : .max
            try check(bytes, "CAF", size: size, from: place + 12)
            place += 12 + size
        }
    }

    /// Each part begins with 16 bytes that name it and its size, which includes them, and the next one at a multiple of 8 bytes.
    private static func checkW64(_ bytes: Span<UInt8>) throws(ColonnadeError) {
        var place = 40
        while place <= bytes.count - 24 {
            let (low, high) = (try bytes.little32(place + 16), try bytes.little32(place + 20))
            // A program that wrote the file to a pipe did not know the size.
            if low == 0xFFFF_FFFF, high == 0x7FFF_FFFF || high == 0xFFFF_FFFF { return }
            let size = high < 1 << 30 ? high << 32 | low : .max
            guard size >= 24 else { throw .damagedAudio("W64: its part at byte \(place) has \(size) bytes") }
            try check(bytes, "W64", size: size, from: place)
            place += size + (8 - size % 8) % 8
        }
    }

    private static func checkVOC(_ bytes: Span<UInt8>) throws(ColonnadeError) {
        guard bytes.count >= 26 else { throw .damagedAudio("VOC: its header is incomplete") }
        var place = try bytes.little16(20)
        while place < bytes.count, bytes[place] != 0 {
            guard place <= bytes.count - 4 else { throw .damagedAudio("VOC: it ends within a part at byte \(place)") }
            let size = try bytes.little32(place) >> 8
            try check(bytes, "VOC", size: size, from: place + 4)
            place += 4 + size
        }
    }

    /// The header is text: its length in bytes, and then lines such as `sample_count -i 16000`.
    private static func checkNIST(_ bytes: Span<UInt8>) throws(ColonnadeError) {
        var header: [UInt8] = []
        for index in 0..<min(bytes.count, 1 << 14) { header.append(bytes[index]) }
        var numbers: [String: Int] = [:]
        var length = 0
        for (number, line) in header.split(separator: UInt8(ascii: "\n")).enumerated() {
            let words = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
            if number == 1 { length = words.first.flatMap { Int($0) } ?? 0 }
            if words == ["end_head"] { break }
            // Compressed samples have fewer bytes, and libsndfile refuses them.
            if words.count == 3, words[0] == "sample_coding",
                words[2].split(separator: ",").contains(where: { $0.hasPrefix("embedded-") })
            {
                return
            }
            if words.count == 3, words[1] == "-i", let value = Int(words[2]) { numbers[words[0]] = value }
        }
        guard let frames = numbers["sample_count"] else { return }
        let (channels, sampleBytes) = (numbers["channel_count"] ?? 1, numbers["sample_n_bytes"] ?? 1)
        guard length >= 0, length <= bytes.count, frames >= 0, channels >= 0, sampleBytes >= 0 else {
            throw .damagedAudio(
                "NIST: its header tells of \(frames) samples of \(sampleBytes) bytes in \(channels) channels after byte \(length)"
            )
        }
        let frameBytes = channels.saturatingProduct(sampleBytes)
        try check(bytes, "NIST", size: frames.saturatingProduct(frameBytes), from: length)
    }
}
