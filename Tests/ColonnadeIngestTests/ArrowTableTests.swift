// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import ColonnadeStore
import ColonnadeTestSupport
import Testing

private func table(_ columns: ArrowData...) -> ArrowData { .structure(columns) }

private func failure(
    _ batches: ArrowData..., configure: (inout ArrowOptions) -> Void = { _ in }
) -> ColonnadeError? {
    let producer = ArrowProducer(batches)
    let error = #expect(throws: ColonnadeError.self) { try exhaust(try producer.source(configure)) }
    #expect(producer.ledger.streams == 1 && producer.ledger.arrays == producer.ledger.exported)
    return error
}

@Suite struct ArrowMissingValueTests {
    static func place(_ row: Int, _ column: String) -> ColonnadeError.Place {
        .tableRow(source: "Arrow stream", row: row, column: column)
    }

    @Test func `a missing value is an error that names row and column`() throws {
        let first = ArrowData.integers("i", [Int32(1), 2, 3]).named("x")
        for bad in [first.missing(1), first.missing(1).with { $0.nullCount = -1 }] {
            let error = failure(table(first), table(bad))
            #expect(error?.place == Self.place(4, "x") && error?.message.contains("drop the rows") == true)
        }
        #expect(failure(table(ArrowData.text(["a", "b"]).missing(0).named("t")))?.place == Self.place(0, "t"))
        #expect(failure(table(ArrowData.bools([true, true]).missing(1).named("b")))?.place == Self.place(1, "b"))
        let list = ArrowData.list([2, 1], of: .integers("c", [Int8(1), 2, 3]))
        #expect(failure(table(list.missing(1).named("l")))?.place == Self.place(1, "l"))
        let element = ArrowData.list([2, 1], of: ArrowData.integers("c", [Int8(1), 2, 3]).missing(2))
        #expect(failure(table(element.named("l")))?.message.contains("an element is missing") == true)
        let inner = ArrowData.list([1, 1], of: ArrowData.list([1, 1], of: .integers("c", [Int8(1), 2])).missing(1))
        #expect(failure(table(inner.named("l")))?.place == Self.place(1, "l"))
    }

    @Test func `one error names all columns with missing values, also those of later batches`() throws {
        func columns(_ a: [Int], _ b: [Int], _ c: [Int]) -> ArrowData {
            func column(_ data: ArrowData, _ name: String, _ gaps: [Int]) -> ArrowData {
                data.with {
                    $0.name = name
                    guard !gaps.isEmpty else { return }
                    $0.nullCount = gaps.count
                    $0.buffers[0] = bits((0..<3).map { !gaps.contains($0) })
                }
            }
            return table(
                column(.doubles([1, 2, 3]), "a", a), column(.integers("C", [UInt8(1), 2, 3]), "b", b),
                column(.text(["x", "y", "z"]), "c", c), .integers("l", [Int64(1), 2, 3]).named("d"))
        }
        let error = failure(columns([], [1], []), columns([0], [], []), columns([], [], [2]))
        #expect(error?.place == Self.place(1, "b"))
        for part in [
            "\"a\" (first in row 3)", "\"c\" (first in row 8)", "fill={\"b\": 0, \"a\": nan, \"c\": \"\"}",
            "\"*\"",
        ] {
            #expect(error?.message.firstRange(of: part) != nil, "\(part) in \(String(describing: error))")
        }
        #expect(error?.message.firstRange(of: "\"d\"") == nil)
        // Without a fill that the kind has, the column says why.
        let byKind = ArrowProducer([columns([0], [1], [2])])
        let misfit = #expect(throws: ColonnadeError.self) {
            _ = try rows(of: try byKind.source { $0.kindFills = KindFills([.int: "-1", .float: "nan", .str: "?"]) })
        }
        #expect(misfit?.place == Self.place(1, "b") && misfit?.message.firstRange(of: "uint8") != nil)
    }

    @Test func `fills by kind, and masks that tell what was missing`() throws {
        let gaps = table(
            ArrowData.floats([1, 2]).missing(0).named("f"),
            ArrowData.integers("s", [Int16(1), 2]).missing(1).named("i"),
            ArrowData.bools([true, true]).missing(0).named("b"), ArrowData.text(["x", "y"]).missing(1).named("t"),
            ArrowData.integers("tsu:UTC", [Int64(1), 2]).missing(0).named("w"),
            ArrowData.list([2, 1], of: ArrowData.integers("c", [Int8(1), 2, 3]).missing(1)).named("l"),
            ArrowData.dictionary("C", [UInt8(0), 0], of: .text(["cat"])).missing(1).named("k"))
        let source = try ArrowProducer([gaps, gaps]).source {
            $0.kindFills = try! KindFills(parsing: "float:nan,int:-1,bool:false,str:,time:NaT")
            $0.masks = true
        }
        #expect(
            source.schema.names == ["f", "i", "b", "t", "w", "l", "k"].flatMap { [$0, "\($0).valid"] })
        let found = try rows(of: source)
        #expect(found.count == 4)
        for pair in [0, 2] {
            let (first, second) = (found[pair], found[pair + 1])
            #expect(Float(bitPattern: first[0].bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }).isNaN)
            #expect(second[2].bytes == bytes(Int16(-1)) && first[4].bytes == [0] && second[6].text == "")
            #expect(first[8].bytes == bytes(Int64.min) && first[10].bytes == [1, 255] && second[12].bytes == [255])
            let valid = [first, second].map { row in stride(from: 1, to: 14, by: 2).map { row[$0].bytes[0] } }
            #expect(valid == [[0, 1, 0, 1, 0, 0, 1], [1, 0, 1, 0, 1, 1, 0]])
        }
        #expect(source.schema[12] == Field("k", .int8, [], meaning: .classLabels(["cat"])))
        // Masks alone fill all columns.
        let masked = try ArrowProducer([gaps]).source { $0.masks = true }
        #expect(masked.schema.count == 14)
        #expect(try rows(of: masked)[1][2].bytes == bytes(Int16(0)))
        for text in ["", "int", "number:1", "int:1,int:2"] {
            #expect(throws: ColonnadeError.self) { try KindFills(parsing: text) }
        }
    }

    @Test func `what is missing outside of a slice, or not at all, does not matter`() throws {
        let numbers = ArrowData.integers("l", (0..<200).map(Int64.init)).missing(3, 150)
        let source = try ArrowProducer([table(numbers.slice(4..<150).named("x"))]).source()
        #expect(try rows(of: source).count == 146)
        #expect(failure(table(numbers.slice(4..<151).named("x")))?.place == Self.place(146, "x"))
        // Bits without zeros, and nobody has counted.
        let whole = numbers.with {
            $0.buffers[0] = bits(Array(repeating: true, count: 200))
            $0.nullCount = -1
        }
        #expect(try rows(of: try ArrowProducer([table(whole.named("x"))]).source()).count == 200)
    }

    @Test func `a fill takes the place of what is missing`() throws {
        func filled(_ data: ArrowData, _ fill: String) throws -> [SourceValue] {
            func open() throws -> ArrowStreamSource {
                try ArrowProducer([table(data.named("x"))]).source { $0.fills = ["x": fill] }
            }
            #expect(try checkSource(open) == [])
            return try rows(of: try open()).map { $0[0] }
        }
        let numbers = ArrowData.floats([1, 2, 3]).missing(1)
        #expect(try filled(numbers, "7.5").map(\.floats) == [[1], [7.5], [3]])
        #expect(try filled(numbers, "nan")[1].floats[0].isNaN)
        #expect(try filled(numbers.slice(1..<3), "-1").map(\.floats) == [[-1], [3]])
        #expect(try filled(ArrowData.bools([true, false]).missing(1), "true").map(\.bytes) == [[1], [1]])
        #expect(
            try filled(ArrowData.text(["a", "b", "c"]).missing(0, 2), "none").map(\.text) == ["none", "b", "none"])
        #expect(try filled(ArrowData.data("z", [[1], [2]]).missing(0), "AAE=").map(\.bytes) == [[0, 1], [2]])
        #expect(
            try filled(ArrowData.views("vu", [[65], Array(repeating: 66, count: 20)]).missing(0), "?").map(\.text)
                == ["?", String(repeating: "B", count: 20)])
        let tensors = ArrowData.fixedList(2, of: ArrowData.integers("c", [Int8(1), 2, 3, 4, 5, 6]).missing(5)).missing(
            1)
        #expect(try filled(tensors, "9").map(\.bytes) == [[1, 2], [9, 9], [5, 9]])
        let lists = ArrowData.list([2, 1, 1], of: ArrowData.integers("c", [Int8(1), 2, 3, 4]).missing(0)).missing(1)
        #expect(try filled(lists, "9").map(\.bytes) == [[9, 2], [], [4]])
        let nested = ArrowData.list([2, 1], of: .list([1, 1, 2], of: .integers("c", [Int8(1), 2, 3, 4]))).missing(0)
        #expect(try filled(nested, "0").map(\.dimensions) == [[0, 0], [1, 2]])
        #expect(
            try filled(ArrowData.fixedBytes(2, [[1, 2], [3, 4]]).missing(0), "7").map(\.bytes) == [[7, 7], [3, 4]])
        let inner = ArrowData.list([1, 1], of: ArrowData.list([1, 1], of: .integers("c", [Int8(1), 2])).missing(1))
        #expect(throws: ColonnadeError.self) { _ = try filled(inner, "0") }
        #expect(throws: ColonnadeError.self) { _ = try filled(numbers, "many") }
    }
}

@Suite struct ArrowTableTests {
    @Test func `structs are flattened, with offsets and missing values of their own`() throws {
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

    @Test func `batches follow each other, and empty ones count for nothing`() throws {
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
        // The batch lives as long as a chunk of it, and no longer: had it been copied, it would be gone.
        #expect(producer.ledger.streams == 1 && producer.ledger.arrays == 0)
        #expect(chunk?.columns.map(\.byteCount) == [80, 80, 80, 10])
        chunk = nil
        #expect(producer.ledger.arrays == 0)
        rest = nil
        #expect(producer.ledger.arrays == 1)
    }

    @Test func `what the producer says went wrong is reported, and everything is released`() throws {
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
        // Dropped unread.
        let dropped = ArrowProducer([batch, batch])
        do { _ = try dropped.source() }
        #expect(dropped.ledger.streams == 1 && dropped.ledger.arrays == 1 && dropped.ledger.schemas == 1)
        // Taken over once.
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
