// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeIngest
import Testing

private let composed = "\u{E9}"
private let decomposed = "e\u{301}"

/// Returns whether the names are the two twins, in this order, compared by bytes.
private func areTwins(_ names: [String]) -> Bool {
    names.map { Array($0.utf8) } == [Array(composed.utf8), Array(decomposed.utf8)]
}

private func first(of stream: Colonnade.Stream) throws -> Sample? {
    var pass = stream.makeIterator()
    return try pass.next()
}

@Suite struct ExactNameSourceTests {
    @Test func `CSV columns and JSON Lines keys may have two names that are equal texts for Unicode`() throws {
        let table = try csv("\(composed),\(decomposed)\n1,2.5\n") { $0.types = [decomposed: RequestedType(.float32)] }
        #expect(areTwins(table.schema.names) && table.schema.map(\.dtype) == [.int64, .float32])
        let records = try jsonLines("{\"\(composed)\": 1, \"\(decomposed)\": null}\n") { $0.fills = [decomposed: "7"] }
        #expect(areTwins(records.schema.names))
        #expect(try rows(of: records).map { $0.map { $0.integers[0] } } == [[1, 7]])
        let error = #expect(throws: ColonnadeError.self) {
            _ = try csv("\(composed)\n1\n") { $0.types = [decomposed: RequestedType(.float32)] }
        }
        #expect(error?.code == .unknownKey)

        let chosen = try SelectedSource(
            try csv("\(composed),\(decomposed)\n1,2.5\n"),
            columns: ["\(decomposed)=\(composed)", "\(composed)=\(decomposed)"])
        #expect(areTwins(chosen.schema.names.reversed()) && chosen.schema.map(\.dtype) == [.int64, .float64])
    }

    @Test func `CSV streams have both columns`() throws {
        let stream = try Stream.csv(text: "\(composed),\(decomposed)\n1,22\n")
        let sample = try #require(try first(of: stream))
        #expect(areTwins(sample.keys) && sample[composed].count == 1 && sample[decomposed].count == 2)
    }

    @Test func `dictionaries of text have a class for each`() throws {
        let data = ArrowData.dictionary("c", [Int8(0), 1], of: .text([composed, decomposed])).named("x")
        let table = try ArrowProducer([ArrowData.structure([data])]).source { _ in }
        guard case .classLabels(let labels)? = table.schema[0].meaning else {
            Issue.record("there are no labels")
            return
        }
        #expect(areTwins(labels))
        #expect(try rows(of: table).map { $0[0].bytes } == [[0], [1]])
    }

    @Test func `renaming, padding and files distinguish such names`() throws {
        let scratch = try Scratch()
        let folder = scratch.folder
        var options = IngestOptions()
        options.writer.metadata = [composed: "1", decomposed: "2"]
        options.writer.codecs = [decomposed: .zlib]
        let path = try scratch.write(Array("\(composed),\(decomposed)\n1,2\n".utf8), "x.csv")
        _ = try Ingestor(paths: [path], options: options).write(to: "\(folder)/x.colonnade")
        let dataset = try StoredDataset(path: "\(folder)/x.colonnade")
        #expect(areTwins(dataset.schema.names))
        #expect(areTwins(dataset.metadata.map(\.key).reversed()) && dataset.metadata.map(\.value) == ["2", "1"])
        let one = try Buffer(dataset).selecting([composed])
        #expect(try one.renaming(composed, to: decomposed).schema[0].name.utf8.count == 3)
        try DatasetExport(dataset).write(to: "\(folder)/x.npz")
        #expect(areTwins(try NPZSource(path: "\(folder)/x.npz").schema.names))
        #expect(areTwins(try NPZSource(path: "\(folder)/x.npz", choosing: [composed, decomposed]).schema.names))
        try DatasetExport(dataset).write(to: "\(folder)/y.csv")
        #expect(areTwins(try CSVSource(path: "\(folder)/y.csv").schema.names))
    }

    @Test func `sources whose names differ only in bytes have no column in common`() throws {
        let first = try MemorySource([(Field(composed, .int8), [[1]])])
        let second = try MemorySource([(Field(decomposed, .int8), [[2]])])
        #expect(areTwins(try SourceCombination.combine([first, second]).schema.names))
        #expect(throws: ColonnadeError.self) {
            try ConcatenatedSource([first, try MemorySource([(Field(decomposed, .int8), [[2]])])])
        }
    }
}
