// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeIngest
import FuzzSupport

@main struct FuzzTar {
    static func main() {
        fuzz(suffix: ".tar", resealing: resealed) { (path) throws(ColonnadeError) in
            let files = try Buffer.files(ofTar: path, expandingNested: true)
            let contents = try files.readingMember("file", ofTar: path, expandingNested: true, as: "contents")
            for index in 0..<min(contents.count, 100) { _ = try contents[index] }
        }
    }

    /// Returns the bytes with correct checksums of all headers that have the mark of one.
    private static func resealed(_ bytes: [UInt8]) -> [UInt8]? {
        var bytes = bytes
        for start in stride(from: 0, to: bytes.count - 511, by: 512)
        where bytes[start + 257..<start + 262].elementsEqual("ustar".utf8) {
            var sum = 8 * 32
            for offset in 0..<512 where !(148..<156).contains(offset) { sum += Int(bytes[start + offset]) }
            for digit in 0..<6 { bytes[start + 148 + digit] = UInt8(48 + (sum >> (3 * (5 - digit))) & 7) }
            bytes[start + 154] = 0
            bytes[start + 155] = 32
        }
        return bytes
    }
}
