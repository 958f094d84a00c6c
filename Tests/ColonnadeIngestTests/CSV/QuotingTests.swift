// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeIngest
import Testing

@Suite struct QuotingTests {
    private func table(_ text: String, _ name: String, _ configure: (inout TextSourceOptions) -> Void = { _ in }) throws
        -> [[String]]
    {
        var options = TextSourceOptions()
        configure(&options)
        let source = try CSVSource(.bytes(Array(text.utf8), name: name), options: options)
        #expect(
            try checkSource { try CSVSource(.bytes(Array(text.utf8), name: name), options: options, readSize: 3) } == []
        )
        return try rows(of: source).map { $0.map(\.text) }
    }

    @Test func `quotes are plain characters in tab-separated files`() throws {
        let text = "a\tb\n\"x\ty\nz\"\tw\"\n"
        for name in ["t.tsv", "t.TAB", "t.tsv.gz"] {
            #expect(try table(text, name) == [["\"x", "y"], ["z\"", "w\""]])
        }
        #expect(try table("a\tb\n\"x\ty\"\tz\n", "t.tsv") { $0.text.quoting = .character("\"") } == [["x\ty", "z"]])
        #expect(try table("a,b\n'x,y',\"z\n", "t.csv") { $0.text.quoting = .character("'") } == [["x,y", "\"z"]])
        #expect(try table("a,b\n\"x,y\"\n", "t.csv") { $0.text.quoting = .none } == [["\"x", "y\""]])
        #expect(try table("a\tb\n\"x\ty\"\tz\n", "t.csv") { $0.text.delimiter = "\t" } == [["x\ty", "z"]])
    }

    @Test func `escapes are read if an option says so`() throws {
        let text = "a\tb\nx\\ty\\\\t\t\\n\\r\\N\\\n"
        #expect(try table(text, "t.tsv") == [["x\\ty\\\\t", "\\n\\r\\N\\"]])
        #expect(try table(text, "t.tsv") { $0.text.escapes = true } == [["x\ty\\t", "\n\r\\N\\"]])
        #expect(throws: ColonnadeError.self) { try table("a\nx\n", "t.csv") { $0.text.escapes = true } }
    }

    @Test(arguments: ["tsv", "csv"])
    func `exported texts are read again`(format: String) throws {
        let scratch = try Scratch()
        let nasty = ["\"", "a\"b", "\\", "\\t", "", "x\ty", "1\n2", "\r", "\u{2028}", "a,b", " x "]
        let values = nasty.map { Array($0.utf8) }
        let source = { try MemorySource([(Field("s", kind: .string), values), (Field("\"n", kind: .string), values)]) }
        _ = try Ingestor(source: try source()).write(to: scratch.path("x.colonnade"))
        let export = DatasetExport.init
        let dataset = try StoredDataset(path: scratch.path("x.colonnade"))
        for (quoting, escapes) in [(Quoting.character("\""), false), (.none, true), (.character("'"), false)] {
            // A comma cannot be escaped.
            if quoting == .none, format == "csv" { continue }
            let path = scratch.path("x.\(format)")
            try export(dataset, []).write(to: path, quoting: quoting, escapes: escapes, replacing: true)
            var options = IngestOptions()
            options.text.quoting = quoting
            options.text.escapes = escapes
            options.text.missing = []
            _ = try Ingestor(paths: [path], options: options).write(to: scratch.path("\(format).colonnade"))
            let again = try StoredDataset(path: scratch.path("\(format).colonnade"))
            #expect(again.schema == dataset.schema)
            #expect(
                try again.chunk(rows: 0..<values.count, columns: [0, 1]).columns[1].values
                    == dataset.chunk(rows: 0..<values.count, columns: [0, 1]).columns[1].values)
            try remove(scratch.path("\(format).colonnade"))
        }
    }

    @Test func `texts that tab-separated values cannot hold are refused`() throws {
        let scratch = try Scratch()
        for text in ["a\tb", "a\nb", "\r", ""] {
            let source = try MemorySource([(Field("s", kind: .string), [Array(text.utf8)])])
            _ = try Ingestor(source: source).write(to: scratch.path("x.colonnade"))
            let export = try DatasetExport(try StoredDataset(path: scratch.path("x.colonnade")))
            let error = #expect(throws: ColonnadeError.self) { try export.write(to: scratch.path("x.tsv")) }
            #expect(error?.message.contains("--escapes") == true && error?.place == .row(0, column: "s"))
            try remove(scratch.path("x.colonnade"))
        }
    }

    @Test func `streams read quotes as plain characters too, and keep the spaces of headers`() throws {
        let stream = try Stream.csv(text: "a\t b \n\"x\ty\n", separator: "\t", quote: nil)
        #expect(outcomes(of: stream) == ["a=\"x| b =y"])
        #expect(try csv(" a ,\"b \"\n1,2\n").schema.names == [" a ", "b "])
    }
}
