// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeIngest
import Foundation
import Testing

@Suite struct CSVStreamTests {
    private func rows(_ text: String, separator: Character = ",", quote: Character = "\"") throws -> [String] {
        try outcomes(of: .csv(text: text, separator: separator, quote: quote))
    }

    @Test(arguments: [
        ("a,b\n1,x\n2,y\n", ["a=1|b=x", "a=2|b=y"]),
        ("a,b\r\n1,x\r\n2,y", ["a=1|b=x", "a=2|b=y"]),
        ("a,b\n1,\n,\n", ["a=1|b=", "a=|b="]),
        ("a,b\n1,2\n\n\r\n", ["a=1|b=2"]),
        ("a\nx\n\ny\n\n", ["a=x", "a=", "a=y"]),
        ("a,b\n\"1,\"\"2\"\"\n3\",\"\"\n", ["a=1,\"2\"\n3|b="]),
        ("\"a,b\",c\n1,2\n", ["a,b=1|c=2"]),
        ("a,b\n\"\"\"\",\"\"\"\"\"\"\n", ["a=\"|b=\"\""]),
        ("a,b,a\n1,2,3\n", ["b=2|a=3"]),
        ("\u{FEFF}a , b\n 1 ,2\n", ["a = 1 | b=2"]),
        ("1,2\n3,4\n", ["1=3|2=4"]),
        ("\"\",a,\n0,x,y\n", ["unnamed_0=0|a=x|unnamed_2=y"]),
        ("a,b\n", []), ("a,b", []), ("", []), ("\n\r\n", []),
    ])
    func `a record is a sample of bytes`(_ text: String, _ expected: [String]) throws {
        #expect(try rows(text) == expected)
        #expect(try expectResumable(.csv(text: text)))
    }

    @Test func `the schema is the header`() throws {
        let stream = try Stream.csv(text: "name,größe\nx,1\n")
        #expect(stream.schema.map(\.description) == ["name bytes", "größe bytes"])
        #expect(stream.count == nil)
        #expect(try Stream.csv(text: "").schema.isEmpty)
    }

    @Test func `separator and quote are options`() throws {
        for quote in ["'", "|", "`"] as [Character] {
            let text = "a;b\n\(quote)1;\(quote)\(quote)\(quote);\"2\"\n3\(quote);4\n5;6\n"
            let found = try rows(text, separator: ";", quote: quote)
            #expect(found.count == 3)
            #expect(found.first == "a=1;\(quote)|b=\"2\"" && found.last == "a=5|b=6")
            #expect(found[1].contains("a quote stands inside field 1"))
        }
        for (separator, quote) in [(",", ","), ("é", "\""), (",", "\n"), ("\r\n", "'")] as [(Character, Character)] {
            let error = #expect(throws: ColonnadeError.self) {
                _ = try Stream.csv(text: "a", separator: separator, quote: quote)
            }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test(arguments: [
        (
            "a,b\n1\n2,3\n4,5,6\n7,8\n",
            ["text, record 1: line 2: 1 field", "a=2|b=3", "text, record 3: line 4: 3 fields", "a=7|b=8"]
        ),
        ("a,b\n1,x\"y\n2,3\n", ["text, record 1, column \"b\": line 2: a quote stands inside field 2", "a=2|b=3"]),
        (
            "a,b\n\"1\n\"x,\"2\"\n3,4\n",
            ["text, record 1, column \"a\": line 3: text follows the closing quote of field 1", "a=3|b=4"]
        ),
        ("a,b\n1,2\r3\n4,5\n", ["text, record 1, column \"b\": line 2: a carriage return stands alone", "a=4|b=5"]),
        (
            "a,b\n1,2\n\n\n3,4\n5\n",
            ["a=1|b=2", "text, record 2: line 3 is blank", "a=3|b=4", "text, record 3: line 6: 1 field"]
        ),
        (
            "a,b\n1,2\n3,\"4\n5,6\n",
            ["a=1|b=2", "text, record 2, column \"b\": line 3: the quote that opens field 2 is never closed"]
        ),
        ("a\n\n\"x\"y\n\nz\n", ["a=", "text, record 2, column \"a\": line 3: text follows", "a=", "a=z"]),
        ("a,b\n1,x\"y", ["text, record 1, column \"b\": line 2: a quote"]),
    ])
    func `an error names the bad record, and later records are read`(_ text: String, _ expected: [String]) throws {
        for readSize in [1, 2, 3, 5, 1 << 20] {
            try withTemporaryFile(Array(text.utf8)) { path in
                let stream = try Stream.csv(.file(path), CSVDialect(), readSize: readSize)
                let found = outcomes(of: stream).map { $0.replacingOccurrences(of: path, with: "text") }
                #expect(found.count == expected.count)
                for (left, right) in zip(found, expected) { #expect(left.hasPrefix(right), "pieces of \(readSize)") }
                #expect(try expectResumable(stream))
            }
        }
    }

    @Test func `errors of the file or its header are thrown when the stream is made`() throws {
        let missing = #expect(throws: ColonnadeError.self) { _ = try Stream.csv("/nowhere/x.csv") }
        #expect(missing?.code == .fileNotFound && missing?.place == .file("/nowhere/x.csv"))
        let folder = #expect(throws: ColonnadeError.self) { _ = try Stream.csv("/tmp") }
        #expect(folder?.code == .invalidSource)
        for text in [",,\n", "a,\"b\n", "\n\na\n"] {
            let error = #expect(throws: ColonnadeError.self) { _ = try Stream.csv(text: text) }
            #expect(error?.code == .invalidSource)
        }
    }

    @Test func `reading in tiny pieces gives the same records, plain or gzipped`() throws {
        let text = "a,b\r\n" + (0..<60).map { "\($0),\"line\n\"\"\($0)\"\"\"\r\n" }.joined() + "x,"
        let whole = try rows(text)
        #expect(whole.count == 61 && whole[59] == "a=59|b=line\n\"59\"" && whole[60] == "a=x|b=")
        let packed = gzipped(Array(text.utf8))
        for bytes in [Array(text.utf8), packed] {
            try withTemporaryFile(bytes) { path in
                for readSize in [1, 2, 3, 7, 64, 1 << 20] {
                    let found = try outcomes(of: .csv(.file(path), CSVDialect(), readSize: readSize))
                    #expect(found == whole)
                }
            }
        }
        #expect(try outcomes(of: .csv(bytes: packed)) == whole)
        #expect(try expectResumable(.csv(bytes: packed)))
    }

    @Test func `truncated gzip gives the records before, and then an error`() throws {
        let text = "a,b\n" + (0..<40).map { "\($0),x\n" }.joined()
        let whole = try rows(text)
        let packed = gzipped(Array(text.utf8))
        for count in stride(from: 2, to: packed.count, by: 3) {
            do {
                let found = try outcomes(of: .csv(bytes: Array(packed[..<count]), name: "cut"))
                #expect(found.last?.hasPrefix("cut, byte ") == true, "\(found.last ?? "")")
                #expect(found.dropLast().elementsEqual(whole.prefix(found.count - 1)))
                #expect(count < 200 || found.count > 20)
            } catch {
                #expect(count < 30 && error.code == .invalidSource)
            }
        }
    }

    @Test func `batches, threads and resuming after CSV streams`() throws {
        let text = "id,text\n" + (0..<100).map { "\($0),\(String(repeating: "x", count: $0 % 7))\n" }.joined()
        try withTemporaryFile(Array(text.utf8)) { path in
            let stream = try Stream.csv(path).batched(by: 8).prefetched(depth: 4, threads: 3)
            var pass = stream.makeIterator()
            var batches: [Sample] = []
            var positions = [pass.position]
            while let batch = try pass.next() {
                batches.append(batch)
                positions.append(pass.position)
            }
            #expect(batches.map { $0["id"].shape[0] } == [Int](repeating: 8, count: 12) + [4])
            #expect(batches[0]["text"].shape == [8, 6])
            for (index, position) in positions.enumerated() {
                var rest = try stream.resumed(at: position).makeIterator()
                var left: [[Tensor]] = []
                while let batch = try rest.next() { left.append(batch.tensors) }
                #expect(left == batches[index...].map(\.tensors))
            }
            #expect(try outcomes(of: Stream.csv(path).repeated(2)).count == 200)
            #expect(
                try outcomes(of: Stream.csv(path).shuffled(window: 10, seed: 1)).sorted()
                    == outcomes(of: .csv(path)).sorted())
            let position = positions[3]
            try write(text + "100,\n", to: path)
            #expect(throws: Never.self) { _ = try stream.resumed(at: position) }
            try write("id,other\n", to: path)
            #expect(throws: ColonnadeError.self) { _ = try stream.resumed(at: position) }
        }
    }

    @Test func `any bytes give samples or errors, the same in pieces and resumed`() throws {
        let seed = Array("a,b\n1,\"2\"\"\n\"\n\n,x\r\n3,4,5\n\"6\"7,8\n".utf8)
        let alphabet = Array(",\"\n\ra".utf8)
        var random = SplitMix(state: 3)
        for round in 0..<1_500 {
            var bytes = seed
            for _ in 0...(round % 5) {
                bytes[.random(in: 4..<bytes.count, using: &random)] = alphabet.randomElement(using: &random) ?? 0
            }
            guard let stream = try? Stream.csv(bytes: bytes, name: "t") else { continue }
            let all = outcomes(of: stream)
            #expect(all.count <= bytes.count)
            if round % 10 == 0 {
                #expect(try expectResumable(stream), "\(bytes)")
                try withTemporaryFile(bytes) { path in
                    let pieces = try outcomes(of: .csv(.file(path), CSVDialect(), readSize: 1 + round % 3))
                    #expect(pieces.map { $0.replacingOccurrences(of: path, with: "t") } == all, "\(bytes)")
                }
            }
        }
    }
}
