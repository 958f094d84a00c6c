// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import Foundation
import Testing

@Suite struct SentencePieceTests {
    /// Returns a field of the wire format with bytes.
    private func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        precondition(bytes.count < 128)
        return [number << 3 | 2, UInt8(bytes.count)] + bytes
    }

    private func piece(_ text: String, _ score: Float, kind: UInt8? = nil) -> [UInt8] {
        var message = field(1, Array(text.utf8))
        message.append(2 << 3 | 5)
        for shift in [0, 8, 16, 24] as [UInt32] { message.append(UInt8(truncatingIfNeeded: score.bitPattern >> shift)) }
        if let kind { message += [3 << 3, kind] }
        return field(1, message)
    }

    private var small: [UInt8] {
        // Fields that are not pieces have all forms, and are skipped.
        var bytes: [UInt8] = [9 << 3, 0xFF, 0x01]
        bytes += piece("<unk>", 0, kind: 2)
        bytes += field(2, [1, 2])
        bytes += piece("<s>", 0, kind: 3)
        bytes += [10 << 3 | 1, 1, 2, 3, 4, 5, 6, 7, 8]
        bytes += piece("<0x41>", 0, kind: 6)
        bytes += piece("ab", -1)
        bytes += piece("abc", -2)
        bytes += [11 << 3 | 5, 1, 2, 3, 4]
        for (text, score) in [("a", -3), ("b", -4), ("c", -5), ("A", -6)] as [(String, Float)] {
            bytes += piece(text, score)
        }
        return bytes
    }

    private func file(_ name: String) throws -> [UInt8] {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return Array(try Data(contentsOf: tests.appending(path: "Fixtures/sentencepiece/\(name)")))
    }

    @Test func `pieces have bytes, scores and kinds`() throws {
        let pieces = try SentencePieceModel(small).pieces
        let texts = pieces.map { String(decoding: $0.bytes, as: UTF8.self) }
        #expect(texts == ["<unk>", "<s>", "<0x41>", "ab", "abc", "a", "b", "c", "A"])
        #expect(pieces.map(\.score) == [0, 0, 0, -1, -2, -3, -4, -5, -6])
        #expect(pieces.prefix(4).map(\.kind) == [.unknown, .control, .byte, .normal])
        let pairs = try SentencePieceModel(small).bytePairTokenizer()
        #expect(try pairs.tokenize("abcabA") == [4, 3, 8])
        let single = try SentencePieceModel(small).tokenizer()
        #expect(try single.tokenize("abcabA") == [4, 3, 8])
        expectError(.invalidArgument, "at byte 0") { _ = try single.tokenize("<s>") }
        #expect(try SentencePieceModel(small).tokenizer(ignoringUnknown: true).tokenize("<s>a") == [5])
    }

    @Test func `real models tokenize as SentencePiece does`() throws {
        for name in ["unigram", "bpe"] {
            let model = try SentencePieceModel(file("\(name).model"))
            let lines = try String(decoding: file("\(name).txt"), as: UTF8.self).split(separator: "\n")
            #expect(lines.count > 300)
            let tokenizer = try model.tokenizer()
            let pairs = name == "bpe" ? try model.bytePairTokenizer() : nil
            for line in lines {
                let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
                let expected = parts[1].split(separator: " ").map { Int($0)! }
                #expect(try (pairs?.tokenize(String(parts[0])) ?? tokenizer.tokenize(String(parts[0]))) == expected)
            }
        }
    }

    @Test func `the highest score merges first, whatever the ids are`() throws {
        let letters = piece("a", -7) + piece("b", -8) + piece("c", -9)
        func ids(_ pieces: [UInt8], _ text: String = "abc") throws -> [Int] {
            try SentencePieceModel(pieces + letters).bytePairTokenizer().tokenize(text)
        }
        #expect(try ids(piece("bc", -2) + piece("ab", -1)) == [1, 4])
        #expect(try ids(piece("bc", -1) + piece("ab", -2)) == [2, 0])
        // Of equal scores the left one comes first.
        #expect(try ids(piece("bc", -1) + piece("ab", -1)) == [1, 4])
        // All ways to a piece count: "bc" merges first here, and then "a" with it.
        #expect(try ids(piece("abc", -3) + piece("bc", -1) + piece("ab", -2)) == [0])
        // A piece that the user defined merges with nothing.
        #expect(try ids(piece("ab", -1) + piece("abc", -2) + piece("bb", 0, kind: 4), "abbbc") == [3, 2, 4, 5])
    }

    @Test func `a damaged model is an error with its offset, or another model`() throws {
        let bytes = small
        var refused = 0
        for end in bytes.indices {
            do throws(ColonnadeError) {
                _ = try SentencePieceModel(Array(bytes[..<end]))
            } catch {
                #expect(error.code == .invalidSource, "\(error)")
                refused += 1
            }
        }
        #expect(refused > bytes.count * 3 / 4)
        for bit in 0..<bytes.count * 8 {
            var changed = bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            do throws(ColonnadeError) {
                let model = try SentencePieceModel(changed)
                _ = try model.tokenizer(ignoringUnknown: true).tokenize("abcA<s>")
                _ = try model.bytePairTokenizer()
            } catch {
                #expect([.invalidSource, .unsupported].contains(error.code), "\(error)")
            }
        }
        let ones = [UInt8](repeating: 0xFF, count: 9)
        let damaged: [([UInt8], String)] = [
            ([], "no pieces"),
            ([0x10, 1], "no pieces"),
            ([0x08, 1], "piece 0 is a number"),
            ([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], "34359738367 bytes and 0 are left"),
            ([0x0A] + ones + [1], "18446744073709551615 bytes"),
            ([0x08] + ones + [0xFF], "more than 64 bits"),
            ([0x0B, 0], "unknown form 3"),
            ([0x00], "number 0"),
            ([0x08], "ends within a number"),
            ([0x0D, 1], "needs 4 bytes"),
            (field(1, []), "piece 0 is empty"),
            (piece("a", .nan), "not finite"),
            (piece("a", 1, kind: 9), "kind 9"),
            (field(1, [0x08, 1]), "has another form"),
        ]
        for (bytes, words) in damaged {
            expectError(.invalidSource, "no SentencePiece model", words) { _ = try SentencePieceModel(bytes) }
        }
        let error = #expect(throws: ColonnadeError.self) { try SentencePieceModel([0x0A, 9]) }
        #expect(error?.message.hasSuffix(", at byte 0") == true)
        // The length of a field in this test is one byte, so a long piece has two bytes for its length.
        let long = [0x0A, 0x84, 0x01, 0x0A, 0x81, 0x01] + [UInt8](repeating: 0x61, count: 129)
        expectError(.unsupported, "129 characters") { _ = try SentencePieceModel(long).bytePairTokenizer() }
    }
}
