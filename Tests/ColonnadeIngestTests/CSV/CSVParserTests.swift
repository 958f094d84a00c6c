// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import Testing

@Suite struct CSVParserTests {
    private func parse(_ text: String, delimiter: Character = ",") throws -> [[String]] {
        try CSVParser.parse(Array(text.utf8), delimiter: delimiter.asciiValue ?? 44).map { record in
            record.map { String(decoding: $0, as: UTF8.self) }
        }
    }

    @Test(arguments: [
        ("", []),
        ("a", [["a"]]),
        ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        ("a,b\r\n1,2", [["a", "b"], ["1", "2"]]),
        ("a,\n,b\n,", [["a", ""], ["", "b"], ["", ""]]),
        ("\"a\",\"b,c\"\n", [["a", "b,c"]]),
        ("\"a\"\"b\",\"\"\"\"\n", [["a\"b", "\""]]),
        ("\"\",\"\"", [["", ""]]),
        ("\"a\nb\r\nc\",d\r\n", [["a\nb\r\nc", "d"]]),
        ("a\n\nb\n\n\r\n", [["a"], [""], ["b"]]),
        (" a , b \n", [[" a ", " b "]]),
        ("\n\n", []),
        ("ä,日本\n", [["ä", "日本"]]),
        ("\"a\"\r", [["a"]]),
    ])
    func `records and fields follow RFC 4180`(_ text: String, _ expected: [[String]]) throws {
        #expect(try parse(text) == expected)
    }

    @Test func `any ASCII character can be the delimiter`() throws {
        for delimiter in [";", "\t", "|", "~"] as [Character] {
            #expect(try parse("a\(delimiter)\"b\(delimiter)c\"\n", delimiter: delimiter) == [["a", "b\(delimiter)c"]])
        }
    }

    @Test(arguments: [
        ("a,b\n1,2\"3\n", "line 2: a quote stands inside field 2"),
        ("a\n\"1\" x\n", "line 2: text follows the closing quote of field 1"),
        ("a\n\"x\ny\"z", "line 3: text follows the closing quote of field 1"),
        ("a,\"b\nc\n\nd", "line 1: the quote that opens field 2 is never closed"),
        ("a\rb", "line 1: a carriage return stands alone"),
        ("\"\"\"", "line 1: the quote that opens field 1 is never closed"),
    ])
    func `the error for a misplaced quote names its line`(_ text: String, _ message: String) {
        let error = #expect(throws: ColonnadeError.self) { _ = try parse(text) }
        #expect(error?.code == .invalidSource)
        #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
    }

    @Test func `any bytes give records or an error, and a longer prefix never changes complete records`() throws {
        let text = Array("a,\"b\"\"\",c\r\n1,\"2\n\",3\n\n4,5,\"\"\n".utf8)
        var random = SplitMix(state: 1)
        for round in 0..<20_000 {
            var bytes = Array(text.prefix(round < text.count ? round : text.count))
            for _ in 0..<(round % 4) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] =
                    Bool.random(using: &random)
                    ? .random(in: 0...255, using: &random) : (",\"\n\r".utf8.randomElement(using: &random) ?? 0)
            }
            let whole = Result { try CSVParser.parse(bytes) }
            let pieces = Result { try parseInPieces(bytes, size: 1 + round % 5) }
            switch (whole, pieces) {
            case (.success(let left), .success(let right)): #expect(left == right)
            case (.failure(let left), .failure(let right)): #expect("\(left)" == "\(right)")
            default: Issue.record("\(bytes) reads otherwise in pieces of \(1 + round % 5)")
            }
        }
    }

    /// Parses as a source does, by adding bytes when the parser requests them.
    private func parseInPieces(_ bytes: [UInt8], size: Int) throws -> [[[UInt8]]] {
        var parser = CSVParser()
        var window: [UInt8] = []
        var read = 0
        var at = 0
        var blanks = 0
        var records: [[[UInt8]]] = []
        while true {
            switch try parser.step(in: window.span, from: at, isFinal: read == bytes.count) {
            case .end: return records
            case .incomplete:
                window.removeSubrange(..<at)
                at = 0
                let more = min(size, bytes.count - read)
                window += bytes[read..<read + more]
                read += more
            case .blank(let next):
                blanks += 1
                at = next
            case .record(let next):
                records += Array(repeating: [[]], count: blanks)
                blanks = 0
                records.append(
                    parser.fields.map { field in
                        var text: [UInt8] = []
                        if field.isEscaped {
                            CSVParser.unescape(window.span, field, into: &text)
                            return text
                        }
                        return Array(window[field.start..<field.end])
                    })
                at = next
            }
        }
    }
}
