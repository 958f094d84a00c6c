// SPDX-License-Identifier: Apache-2.0

/// Returns the file with correct checksums of header, commit slots, footer and trailer (sections 4 and 5 of
/// `formats/colonnade-1.md`), so that the code after these checks is fuzzed too. Nil if the file is too short.
func resealed(_ file: [UInt8]) -> [UInt8]? {
    guard file.count >= 160 else { return nil }
    var file = file
    file.put(checksum(file[0..<60]), at: 60)
    for slot in [64, 96] where file[slot..<slot + 32].contains(where: { $0 != 0 }) {
        file.put(checksum(file[slot..<slot + 28]), at: slot + 28)
    }
    let slot = file.word(at: 64) >= file.word(at: 96) ? 64 : 96
    guard let end = Int(exactly: file.word(at: slot + 8)), end <= file.count, end >= 160 else { return file }
    let trailer = end - 32
    if let length = Int(exactly: file.word(at: trailer + 8)), length <= trailer - 128 {
        file.put(checksum(file[trailer - length..<trailer]), at: trailer + 16)
    }
    file.put(checksum(file[trailer..<trailer + 20]), at: trailer + 20)
    return file
}

/// CRC-32C, independent of the tested implementation.
private func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var sum = UInt32.max
    for byte in bytes {
        sum = (sum >> 8) ^ table[Int((sum ^ UInt32(byte)) & 0xff)]
    }
    return ~sum
}

private let table = (0..<256).map { (index: UInt32) in
    (0..<8).reduce(index) { sum, _ in sum & 1 == 1 ? (sum >> 1) ^ 0x82f6_3b78 : sum >> 1 }
}

extension [UInt8] {
    fileprivate func word(at offset: Int) -> UInt64 {
        (0..<8).reduce(0) { $0 | UInt64(self[offset + $1]) << (8 * UInt64($1)) }
    }

    fileprivate mutating func put(_ value: UInt32, at offset: Int) {
        for byte in 0..<4 { self[offset + byte] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(byte))) }
    }
}
