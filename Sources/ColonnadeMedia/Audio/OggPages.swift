// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The pages of an Ogg file (Vorbis, Opus), which have numbers and checksums. libsndfile leaves out damaged and missing ones (RFC 3533).
enum OggPages {
    /// The CRC-32 of each byte, with the polynomial 0x04C11DB7, the high bit first.
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte) << 24) { crc, _ in crc >> 31 == 1 ? crc << 1 ^ 0x04C1_1DB7 : crc << 1 }
    }

    /// Throws `invalidSource` for a file whose pages are damaged, not complete, or without the mark of the end.
    static func check(_ bytes: Span<UInt8>) throws(ColonnadeError) {
        /// The number of the next page of each stream, and whether its last page came.
        var streams: [Int: (next: Int, hasEnded: Bool)] = [:]
        var place = 0
        while place < bytes.count {
            guard bytes.has("OggS", at: place), bytes.count - place >= 27 else {
                throw .damagedAudio("Ogg: there is no page at byte \(place)")
            }
            let segments = Int(bytes[place + 26])
            var size = 27 + segments
            guard size <= bytes.count - place else { throw .damagedAudio("Ogg: the page at byte \(place) is cut") }
            for index in 27..<27 + segments { size += Int(bytes[place + index]) }
            guard size <= bytes.count - place else { throw .damagedAudio("Ogg: the page at byte \(place) is cut") }
            guard try bytes.little32(place + 22) == Int(checksum(bytes, place..<place + size)) else {
                throw .damagedAudio("Ogg: the checksum of the page at byte \(place) is wrong")
            }
            let (stream, number) = (try bytes.little32(place + 14), try bytes.little32(place + 18))
            guard number == streams[stream]?.next ?? number else {
                throw .damagedAudio("Ogg: a page is missing before byte \(place)")
            }
            streams[stream] = (number + 1, bytes[place + 5] & 4 != 0)
            place += size
        }
        guard streams.values.allSatisfy(\.hasEnded) else {
            throw .damagedAudio("Ogg: it ends before its last page, after \(bytes.count) bytes")
        }
    }

    /// Returns the checksum of a page, for which the checksum itself counts as 0.
    private static func checksum(_ bytes: Span<UInt8>, _ page: Range<Int>) -> UInt32 {
        let own = page.lowerBound + 22..<page.lowerBound + 26
        let table = table
        var crc: UInt32 = 0
        for index in page {
            let byte = own.contains(index) ? 0 : bytes[index]
            crc = crc << 8 ^ table[Int(UInt8(truncatingIfNeeded: crc >> 24) ^ byte)]
        }
        return crc
    }
}
