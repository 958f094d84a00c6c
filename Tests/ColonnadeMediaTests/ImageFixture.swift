// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeMedia
import Foundation

/// A file of `Tests/Fixtures/images`, and the pixels that another decoder finds in it.
struct ImageFixture {
    let name: String
    let options: ImageOptions
    let shape: [Int]
    let checksum: UInt32

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/images").path

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: "\(folder)/\(name)")))
    }

    /// Returns the lines of `expected.txt`.
    static func all() throws -> [ImageFixture] {
        let text = String(decoding: try bytes("expected.txt"), as: UTF8.self)
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 7, let checksum = UInt32(words[6]) else { return nil }
            let alpha: ImageOptions.Alpha = words[1] == "keep" ? .keep : .dropFromColor
            let orientation: ImageOptions.Orientation = words[2] == "keep" ? .keep : .apply
            return ImageFixture(
                name: words[0], options: ImageOptions(alpha: alpha, orientation: orientation),
                shape: words[3...5].compactMap { Int($0) }, checksum: checksum)
        }
    }

    /// Returns the CRC-32 of bytes, as zlib computes it.
    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var table: [UInt32] = []
        for index in 0..<UInt32(256) {
            var value = index
            for _ in 0..<8 { value = value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
            table.append(value)
        }
        return ~bytes.reduce(~0) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
    }
}
