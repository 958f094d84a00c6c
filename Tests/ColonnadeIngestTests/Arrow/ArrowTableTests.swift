// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import ColonnadeStore
import Testing

@Suite struct ArrowTableTests {
    @Test func `structs with offsets and missing values are flattened`() throws {
        let a = ArrowData.integers("i", (0..<6).map(Int32.init)).named("a")
        let b = ArrowData.text(["p", "q", "r", "s", "t", "u"]).named("b")
        let inner = ArrowData.structure([a.slice(1..<6), b.slice(1..<6)]).slice(1..<4).named("s")
        let root = ArrowData.structure([inner, ArrowData.integers("C", [UInt8(7), 8, 9]).named("z")])
        for cut in [0..<3, 1..<3] {
            let source = try ArrowProducer([root.slice(cut)]).source()
            #expect(source.types == ["s.a int32[]", "s.b string", "z uint8[]"])
            let values = try rows(of: source)
            #expect(values.map { $0[0].bytes } == cut.map { bytes(Int32($0 + 2)) })
            #expect(values.map { $0[1].text } == cut.map { ["r", "s", "t"][$0] })
            #expect(values.map { $0[2].bytes } == cut.map { [UInt8($0 + 7)] })
        }
        let missing = ArrowData.structure([a, b]).missing(4).named("s")
        let error = failure(table(missing))
        #expect(error?.place == .tableRow(source: "Arrow stream", row: 4, column: "s.a"))
        let filled = try ArrowProducer([table(missing)]).source { $0.fills = ["s.a": "-1", "s.b": ""] }
        let values = try rows(of: filled)
        #expect(values[4][0].bytes == bytes(Int32(-1)) && values[4][1].bytes == [] && values[5][1].text == "u")
        #expect(
            failure(ArrowData.structure([a]).missing(2))?.place
                == .tableRow(source: "Arrow stream", row: 2, column: "a"))
    }

    @Test func `columns are chosen and renamed`() throws {
        let producer = {
            ArrowProducer([
                table(ArrowData.integers("c", [Int8(1)]).named("a"), ArrowData.integers("c", [Int8(2)]).named("b"))
            ])
        }
        let source = try producer().source { $0.columns = ["y=b", "a"] }
        #expect(source.schema.names == ["y", "a"] && source.reasons[0] == "y: int8[], as the Arrow schema says")
        #expect(try rows(of: source)[0].map(\.bytes) == [[2], [1]])
        for change: (inout ArrowOptions) -> Void in [
            { $0.columns = ["c"] }, { $0.fills = ["c": "1"] }, { $0.shapes = ["c": []] }, { $0.decoded = ["c"] },
            { $0.media = ["c": ""] },
        ] {
            let error = #expect(throws: ColonnadeError.self) { _ = try producer().source(change) }
            #expect(error?.code == .unknownKey)
        }
        #expect(throws: ColonnadeError.self) { _ = try producer().source { $0.columns = ["a", "a"] } }
        #expect(throws: ColonnadeError.self) { _ = try producer().source { $0.media = ["a": "image/png"] } }
    }

    @Test func `batches follow one another, and empty ones are ignored`() throws {
        func batch(_ values: [Int64]) -> ArrowData { table(ArrowData.integers("l", values).named("x")) }
        func open() throws -> ArrowStreamSource {
            try ArrowProducer([batch([]), batch([1, 2, 3]), batch([]), batch([4]), batch([])]).source()
        }
        #expect(try checkSource(open) == [])
        #expect(try open().rowCount == nil)
        #expect(try rows(of: try open()).map { $0[0].integers } == [[1], [2], [3], [4]])
        let empty = try ArrowProducer([], schema: batch([])).source()
        #expect(empty.types == ["x int64[]"])
        #expect(try rows(of: empty).isEmpty)
        // Arrays without elements need no memory.
        let bare = table(
            ArrowData.text([]).with { $0.buffers = [nil, nil, nil] }.named("t"),
            ArrowData.list([], of: .integers("l", [Int64]())).with { $0.buffers = [nil, nil] }.named("l"))
        #expect(try rows(of: try ArrowProducer([bare]).source()).isEmpty)
    }

    @Test func `fixed columns, text and lists are lent, not copied`() throws {
        let numbers = ArrowData.integers("l", (0..<100).map(Int64.init))
        let producer = ArrowProducer([
            table(
                numbers.named("a"), ArrowData.fixedList(2, of: .floats((0..<200).map(Float.init))).named("b"),
                ArrowData.list(Array(repeating: 1, count: 100), of: numbers).named("c"),
                ArrowData.text((0..<100).map(String.init)).named("d"))
        ])
        let source = try producer.source()
        var chunk = try source.nextChunk(rowLimit: 10, byteLimit: .max)
        #expect(chunk?.rowCount == 10)
        var rest = try source.nextChunk(rowLimit: .max, byteLimit: .max)
        #expect(rest?.rowCount == 90)
        #expect(try source.nextChunk(rowLimit: 1, byteLimit: 1) == nil)
        // The batch is kept as long as a chunk of it. If the chunk were a copy, the batch would be released.
        #expect(producer.ledger.streams == 1 && producer.ledger.arrays == 0)
        #expect(chunk?.columns.map(\.byteCount) == [80, 80, 80, 10])
        chunk = nil
        #expect(producer.ledger.arrays == 0)
        rest = nil
        #expect(producer.ledger.arrays == 1)
    }

    @Test func `the error of the producer is reported, and everything is released`() throws {
        let batch = table(ArrowData.integers("c", [Int8(1)]).named("x"))
        for (message, words) in [
            ("disk on fire" as String?, "disk on fire (error 5)"), (nil, "does not say why (error 5)"),
        ] {
            let producer = ArrowProducer([batch], failure: (5, message))
            let source = try producer.source()
            #expect(try source.nextChunk(rowLimit: 9, byteLimit: 9)?.rowCount == 1)
            for _ in 0..<2 {
                let error = #expect(throws: ColonnadeError.self) { _ = try source.nextChunk(rowLimit: 9, byteLimit: 9) }
                #expect(error?.message.contains(words) == true && error?.code == .invalidSource)
            }
            #expect(producer.ledger.streams == 1 && producer.ledger.arrays == 1 && producer.ledger.schemas == 1)
        }
        let early = ArrowProducer([], schema: batch, failure: (22, "no"))
        #expect(throws: ColonnadeError.self) { _ = try early.source() }
        #expect(early.ledger.streams == 1)
        // The stream is dropped before it is read.
        let dropped = ArrowProducer([batch, batch])
        do { _ = try dropped.source() }
        #expect(dropped.ledger.streams == 1 && dropped.ledger.arrays == 1 && dropped.ledger.schemas == 1)
        // A stream can be taken over only once.
        var stream = unsafe dropped.stream()
        do { _ = try unsafe ArrowStreamSource(adopting: &stream) }
        let error = #expect(throws: ColonnadeError.self) { _ = try unsafe ArrowStreamSource(adopting: &stream) }
        #expect(error?.message.contains("released or read already") == true && dropped.ledger.streams == 2)
    }

    @Test func `a table becomes a data set`() throws {
        let scratch = try Scratch()
        let count = 3_000
        let batches = (0..<3).map { part in
            table(
                ArrowData.fixedList(4, of: .floats((0..<4 * count).map { Float($0 + part) })).named("v"),
                ArrowData.integers("C", (0..<count).map { UInt8($0 % 7) }).named("y"),
                ArrowData.list((0..<count).map { $0 % 5 }, of: .integers("i", (0..<2 * count).map(Int32.init))).named(
                    "t"),
                ArrowData.text((0..<count).map { "row \($0)" }).named("s"))
        }
        let producer = ArrowProducer(batches)
        let ingestor = try Ingestor(source: try producer.source())
        #expect(ingestor.plan.rowCount == nil)
        let summary = try ingestor.write(to: scratch.path("t.colonnade"))
        #expect(summary.rowCount == 3 * count && producer.ledger.arrays == 3)
        let stored = try IngestorTests.stored(scratch.path("t.colonnade"))
        let again = try ArrowProducer(batches).source()
        var row = 0
        while let chunk = try again.nextChunk(rowLimit: .max, byteLimit: .max) {
            for (column, values) in zip(stored.chunk.columns, chunk.columns) {
                let start =
                    column.ends.isEmpty ? row * column.byteCount / (3 * count) : row == 0 ? 0 : column.ends[row - 1]
                #expect(column.values[start..<start + values.byteCount] == values.values[...])
            }
            row += chunk.rowCount
        }
        #expect(row == 3 * count)
        #expect(try DatasetVerifier.verify(path: scratch.path("t.colonnade")).problems.isEmpty)
    }
}
