// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import Foundation
import Testing

@Suite struct SourceFormatTests {
    @Test func `formats are recognised by content, then by name`() throws {
        let scratch = try Scratch()
        let names = ["a.csv": SourceFormat.csv, "b.tsv.gz": .tsv, "c.jsonl": .jsonl, "d.x.ndjson": .jsonl]
        for (name, format) in names {
            #expect(try SourceFormat(detecting: try scratch.write([0x31, 0x0A], name)) == format)
        }
        let images = try scratch.write(try contents(fixture("fashion-1k/train-images-idx3-ubyte.gz")), "x.csv")
        #expect(try SourceFormat(detecting: images) == .idx)
        #expect(try SourceFormat(detecting: try scratch.write(try contents(fixture("numpy/stored.npz")), "z")) == .npz)
        #expect(try SourceFormat(detecting: fixture("numpy/c-float32.npy.gz")) == .npy)
        let error = #expect(throws: ColonnadeError.self) {
            _ = try SourceFormat(detecting: try scratch.write([0x31], "mystery.bin"))
        }
        #expect(
            error?.code == .unsupported
                && error?.message.contains("idx, npy, npz, csv, tsv, jsonl, webdataset, coco, folder") == true)
        #expect(throws: ColonnadeError.self) { _ = try SourceFormat(detecting: scratch.path("nothing")) }
    }

    @Test func `each format has a name and suffixes of its own`() throws {
        let scratch = try Scratch()
        for format in SourceFormat.allCases {
            #expect(try SourceFormat(named: format.name) == format)
            for suffix in format.suffixes {
                let path = try scratch.write([0x31, 0x0A], "X\(suffix.uppercased())")
                #expect(try SourceFormat(detecting: path) == format, "\(suffix)")
            }
        }
        let error = #expect(throws: ColonnadeError.self) { _ = try SourceFormat(named: "parquet") }
        #expect(error?.message == "there is no format \"parquet\"; the formats are \(SourceFormat.names)")
    }

    @Test func `the documentation lists the formats of the table`() throws {
        #expect(try text("README.md").contains("| \(marked(SourceFormat.summary)) | command, Python, Swift |"))
        let article = try text("Sources/Colonnade/Colonnade.docc/Writing.md")
        let titles = try #require(SourceFormat.summary.split(separator: ";").first)
        #expect(article.contains("reads \(marked(String(titles))) files"))
        let docstring = try text("python/src/colonnade/_ingest/__init__.py")
        for format in SourceFormat.allCases { #expect(docstring.contains(format.title), "\(format)") }
    }

    /// Returns the text of a file of the repository.
    private func text(_ path: String) throws -> String {
        let tests = URL(filePath: fixture("")).deletingLastPathComponent()
        return try String(contentsOf: tests.deletingLastPathComponent().appending(path: path), encoding: .utf8)
    }

    /// Returns the sentence in Markdown, in which suffixes of files are code.
    private func marked(_ sentence: String) -> String {
        SourceFormat.allCases.reduce(sentence) { text, format in
            format.title.hasPrefix(".") ? text.replacingOccurrences(of: format.title, with: "`\(format.title)`") : text
        }
    }
}
