// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import Testing

@Suite struct FileNameTests {
    @Test(arguments: [
        Array("plain.csv".utf8), Array("größe 日本 🙂".utf8), Array("caf".utf8) + [0xE9], [0x80], [0xC3], [0xC3, 0x28],
        [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xF5, 0xFF, 0xFE], [0xED, 0xA0, 0x80], [0xC0, 0xAF], [],
        // Names that contain the characters that represent bytes.
        Array("a\u{10FE80}b\u{10FEFF}".utf8), Array("\u{10FEE9}".utf8) + [0xE9], Array("\u{10FE7F}\u{10FF00}".utf8),
        Array("e\u{301}".utf8) + [0xFF] + Array("é".utf8),
    ])
    func `a name that was read is written unchanged`(_ bytes: [UInt8]) {
        let text = String(fileName: bytes)
        #expect(text.fileNameBytes == bytes)
        let isPlain = String(validating: bytes, as: UTF8.self).map { Array($0.utf8) == Array(text.utf8) } ?? false
        #expect(text.holdsEscapedBytes == !isPlain)
        #expect(isPlain == (text.readableFileName == text))
    }

    @Test func `every pair of bytes in a name is kept, also in joined names`() {
        for first in 0...UInt8.max {
            for second in stride(from: 0, through: UInt8.max, by: 5) {
                #expect(String(fileName: [first, second]).fileNameBytes == [first, second])
                let joined = String(fileName: [0x61, first]) + "/" + String(fileName: [second])
                #expect(joined.fileNameBytes == [0x61, first, 0x2F, second])
            }
        }
    }

    @Test func `reports show escapes`() {
        let name = String(fileName: Array("caf".utf8) + [0xE9, 0x0A])
        #expect(name.readableFileName == "caf\\xe9\n")
        #expect(name.visible == "caf\\xe9\\n")
        let error = ColonnadeError(.fileNotFound, "no such file", at: .file(name))
        #expect(error.description == "caf\\xe9\\n: no such file")
    }
}
