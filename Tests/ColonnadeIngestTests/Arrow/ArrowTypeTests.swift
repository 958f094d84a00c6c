// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import ColonnadeStore
import Testing

/// Returns the rows of one column for several limits of a chunk, and checks that everything is released once.
private func read(
    _ batches: ArrowData..., type: String? = nil, configure: (inout ArrowOptions) -> Void = { _ in }
) throws -> [SourceValue] {
    let tables = batches.map { ArrowData.structure([$0.named("x")]) }
    var ledgers: [ArrowLedger] = []
    func open() throws -> ArrowStreamSource {
        let producer = ArrowProducer(tables)
        ledgers.append(producer.ledger)
        return try producer.source(configure)
    }
    #expect(try checkSource(open) == [])
    let source = try open()
    if let type { #expect(source.types == ["x \(type)"]) }
    let values = try rows(of: source).map { $0[0] }
    for ledger in ledgers {
        #expect(ledger.streams == 1 && ledger.schemas == 1 && ledger.arrays == tables.count)
    }
    return values
}

@Suite struct ArrowTypeTests {
    @Test func `numbers of all types are unchanged`() throws {
        #expect(try read(.integers("c", [Int8(-1), 2]), type: "int8[]").map(\.bytes) == [[255], [2]])
        #expect(try read(.integers("C", [UInt8(1), 255]), type: "uint8[]").map(\.bytes) == [[1], [255]])
        #expect(try read(.integers("s", [Int16(-2)]), type: "int16[]").map(\.bytes) == [bytes(Int16(-2))])
        #expect(try read(.integers("S", [UInt16(65_535)]), type: "uint16[]").map(\.bytes) == [[255, 255]])
        #expect(try read(.integers("i", [Int32.min]), type: "int32[]").map(\.bytes) == [bytes(Int32.min)])
        #expect(try read(.integers("I", [UInt32.max]), type: "uint32[]").map(\.bytes) == [bytes(UInt32.max)])
        #expect(try read(.integers("l", [Int64.min, 7]), type: "int64[]").map(\.integers) == [[.min], [7]])
        #expect(try read(.integers("L", [UInt64.max]), type: "uint64[]").map(\.bytes) == [bytes(UInt64.max)])
        #expect(try read(.integers("e", [UInt16(0x3C00)]), type: "float16[]").map(\.bytes) == [[0, 0x3C]])
        #expect(try read(.floats([1.5, -2]), type: "float32[]").map(\.floats) == [[1.5], [-2]])
        #expect(
            try read(.doubles([1.5]), .doubles([.infinity]), type: "float64[]").map(\.doubles) == [[1.5], [.infinity]])
    }

    @Test func `bools are read from bits, also from the middle of a byte`() throws {
        let values = (0..<21).map { $0 % 3 == 0 }
        #expect(try read(.bools(values), type: "bool[]").map(\.bytes) == values.map { [$0 ? 1 : 0] })
        #expect(try read(.bools(values).slice(5..<20)).map(\.bytes) == values[5..<20].map { [$0 ? 1 : 0] })
        let wide = ArrowData.integers("c", [Int8(0), 1, -3]).extended("arrow.bool8")
        #expect(try read(wide, type: "bool[]").map(\.bytes) == [[0], [1], [1]])
    }

    @Test func `times are integers with the unit and the zone of Arrow`() throws {
        let types: [(String, String)] = [
            ("tdD", "date[d]"), ("tdm", "date[ms]"), ("tts", "time[s]"), ("ttm", "time[ms]"), ("ttn", "time[ns]"),
            ("tsu:", "timestamp[us]"), ("tsn:Europe/Berlin", "timestamp[ns, Europe/Berlin]"),
            ("tss:+05:30", "timestamp[s, +05:30]"), ("tDm", "duration[ms]"),
        ]
        for (format, name) in types {
            let isShort = ["date[d]", "time[s]", "time[ms]"].contains(name)
            let data = isShort ? ArrowData.integers(format, [Int32(5)]) : .integers(format, [Int64(5)])
            let source = try ArrowProducer([.structure([data.named("t")])]).source()
            let type = try #require(TimeType(parsing: name))
            #expect(source.schema[0] == Field("t", isShort ? .int32 : .int64, [], meaning: .time(type)))
            #expect(type.description == name)
            #expect(source.reasons == ["t: \(isShort ? "int32" : "int64")[], \(name)"])
            // The types are also refused in lists and in dictionaries.
            for nested in [ArrowData.list([1], of: data), .dictionary("c", [Int8(0)], of: data)] {
                let source = try ArrowProducer([.structure([nested.named("t")])]).source()
                #expect(source.schema[0].meaning == .time(type))
            }
            #expect(try rows(of: source)[0][0].bytes == (isShort ? bytes(Int32(5)) : bytes(Int64(5))))
        }
    }

    @Test func `text and bytes of all layouts`() throws {
        let texts = ["", "a", "Grüße", "a text of more than twelve bytes", "twelve bytes", "thirteen byte", ""]
        for format in ["u", "U"] {
            #expect(try read(.text(texts, format), type: "string").map(\.text) == texts)
            #expect(try read(.text(texts, format).slice(2..<6)).map(\.text) == Array(texts[2..<6]))
        }
        let views = ArrowData.views("vu", texts.map { Array($0.utf8) })
        #expect(try read(views, type: "string").map(\.text) == texts)
        #expect(try read(views.slice(1..<5)).map(\.text) == Array(texts[1..<5]))
        let values: [[UInt8]] = [[0xFF], [], [1, 2, 3], Array(repeating: 9, count: 40)]
        for data in [ArrowData.data("z", values), .data("Z", values), .views("vz", values)] {
            #expect(try read(data, type: "bytes").map(\.bytes) == values)
        }
        // If all texts are empty, their buffer of bytes may be missing.
        #expect(try read(ArrowData.text(["", ""]).with { $0.buffers[2] = nil }).map(\.text) == ["", ""])
    }

    @Test func `bytes and lists of a fixed size become tensors`() throws {
        let values: [[UInt8]] = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
        #expect(try read(.fixedBytes(3, values), type: "uint8[3]").map(\.bytes) == values)
        #expect(try read(.fixedBytes(3, values).slice(1..<3)).map(\.bytes) == Array(values[1...]))
        let numbers = ArrowData.integers("s", (0..<24).map(Int16.init))
        let nested = ArrowData.fixedList(2, of: .fixedList(3, of: numbers))
        let expected = (0..<4).map { row in littleEndian((row * 6..<row * 6 + 6).map(Int16.init)) }
        #expect(try read(nested, type: "int16[2, 3]").map(\.bytes) == expected)
        #expect(try read(nested.slice(1..<3)).map(\.bytes) == Array(expected[1..<3]))
        let offsets = ArrowData.fixedList(2, of: ArrowData.fixedList(3, of: numbers.slice(3..<24)).slice(1..<7))
        #expect(
            try read(offsets).map(\.bytes) == (0..<3).map { littleEndian(($0 * 6 + 6..<$0 * 6 + 12).map(Int16.init)) })
        #expect(
            try read(.fixedList(2, of: .bools([true, false, false, true])), type: "bool[2]").map(\.bytes) == [
                [1, 0], [0, 1],
            ]
        )
    }

    @Test func `lists become ragged columns`() throws {
        let numbers = ArrowData.integers("i", (0..<9).map(Int32.init))
        for isLarge in [false, true] {
            let lists = ArrowData.list([2, 0, 3, 4], of: numbers, isLarge: isLarge)
            let expected = [0..<2, 2..<2, 2..<5, 5..<9].map { littleEndian($0.map(Int32.init)) }
            #expect(try read(lists, type: "int32[?]").map(\.bytes) == expected)
            #expect(try read(lists.slice(1..<4)).map(\.bytes) == Array(expected[1...]))
        }
        let pairs = ArrowData.list([1, 2], of: .fixedList(3, of: numbers))
        #expect(try read(pairs, type: "int32[?, 3]").map { $0.bytes.count } == [12, 24])
        let inFixed = ArrowData.fixedList(2, of: .list([2, 2, 1, 1, 0, 0], of: numbers))
        #expect(try read(inFixed, type: "int32[2, ?]").map { $0.bytes.count } == [16, 8, 0])
    }

    @Test func `lists of lists become dimensions if they agree within a row`() throws {
        let numbers = ArrowData.integers("c", (0..<10).map(Int8.init))
        let nested = ArrowData.list([2, 1, 0], of: .list([3, 3, 4], of: numbers))
        let values = try read(nested, type: "int8[?, ?]")
        #expect(values.map(\.dimensions) == [[2, 3], [1, 4], [0, 0]])
        #expect(values.map(\.bytes) == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9], []])
        let bad = ArrowData.list([1, 2], of: .list([3, 3, 4], of: numbers))
        let error = #expect(throws: ColonnadeError.self) { _ = try read(bad) }
        #expect(error?.message.contains("have 3 and 4 elements") == true)
        #expect(error?.place == .tableRow(source: "Arrow stream", row: 1, column: "x"))
    }

    @Test func `tensors of a fixed shape get it from their metadata`() throws {
        let storage = ArrowData.fixedList(6, of: .floats((0..<12).map(Float.init)))
        let tensors = storage.extended("arrow.fixed_shape_tensor", #"{"shape":[2,3],"dim_names":["a","b"]}"#)
        #expect(try read(tensors, type: "float32[2, 3]").map(\.floats) == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]])
        let ordered = storage.extended("arrow.fixed_shape_tensor", #"{"shape":[2,3],"permutation":[0,1]}"#)
        #expect(try read(ordered, type: "float32[2, 3]").count == 2)
        for (metadata, words) in [
            (#"{"shape":[2,3],"permutation":[1,0]}"#, "permuted"), (#"{"shape":[2,4]}"#, "do not fill"),
            ("{", "cannot be read"), (#"{"shape":[-2,-3]}"#, "cannot be read"),
        ] {
            let bad = storage.extended("arrow.fixed_shape_tensor", metadata)
            let error = #expect(throws: ColonnadeError.self) { _ = try read(bad) }
            #expect(error?.message.contains(words) == true, "\(String(describing: error))")
        }
    }

    @Test func `arrays of Hugging Face get their shape from their metadata`() throws {
        let name = "datasets.features.features.Array2DExtensionType"
        let storage = ArrowData.list([2, 2], of: .list([3, 3, 3, 3], of: .integers("C", (0..<12).map(UInt8.init))))
        #expect(
            try read(storage.extended(name, #"[[2, 3], "uint8"]"#), type: "uint8[2, 3]").map(\.bytes)
                == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]])
        let ragged = ArrowData.list([1, 3], of: .list([3, 3, 3, 3], of: .integers("C", (0..<12).map(UInt8.init))))
        #expect(
            try read(ragged.extended(name, #"[[null, 3], "uint8"]"#), type: "uint8[?, 3]").map { $0.bytes.count } == [
                3, 9,
            ])
        let error = #expect(throws: ColonnadeError.self) {
            _ = try read(ragged.extended(name, #"[[2, 3], "uint8"]"#))
        }
        #expect(error?.message.contains("a list has 1 elements where the shape of the column has 2") == true)
    }

    @Test func `an option gives lists a shape`() throws {
        let lists = ArrowData.list([3, 3], of: .integers("C", (0..<6).map(UInt8.init)))
        #expect(try read(lists, type: "uint8[3]") { $0.shapes = ["x": [3]] }.map(\.bytes) == [[0, 1, 2], [3, 4, 5]])
        #expect(throws: ColonnadeError.self) { _ = try read(lists) { $0.shapes = ["x": [4]] } }
        #expect(throws: ColonnadeError.self) { _ = try read(lists) { $0.shapes = ["x": [3, 1]] } }
    }

    @Test func `types that no column can hold are refused, with a remedy`() throws {
        let one = ArrowData.integers("l", [Int64(1)])
        let refused: [(ArrowData, String)] = [
            (one.with { $0.format = "d:10,2" }, "cast it to float64"),
            (
                one.with {
                    $0.format = "n"
                    $0.buffers = []
                }, "drop the column"
            ),
            (
                one.with {
                    $0.format = "+r"
                    $0.children = [one, one]
                    $0.buffers = []
                }, "cast it to the type of its values"
            ),
            (
                one.with {
                    $0.format = "+vl"
                    $0.children = [one]
                }, "cast it to a list"
            ),
            (
                one.with {
                    $0.format = "+m"
                    $0.children = [.structure([one])]
                }, "map"
            ),
            (
                one.with {
                    $0.format = "+ud:0,1"
                    $0.children = [one]
                }, "union"
            ),
            (one.with { $0.format = "tiM" }, "its type is month interval"),
            (one.with { $0.format = "tiD" }, "its type is day-time interval"),
            (one.with { $0.format = "tin" }, "its type is month-day-nanosecond interval"),
            (.list([1], of: .text(["a"])), "join them"),
            (.list([1], of: .structure([one.named("a")])), "a list of structs"),
        ]
        for (data, words) in refused {
            let error = #expect(throws: ColonnadeError.self) { _ = try read(data) }
            #expect(error?.message.contains(words) == true, "\(String(describing: error))")
            #expect(error?.code == .unsupported)
            // The type is ignored if the column is not selected.
            let table = ArrowProducer([.structure([data.named("bad"), one.named("good")])])
            #expect(try rows(of: try table.source { $0.columns = ["good"] }).count == 1)
        }
        for unknown in ["?", "tx", "tiX", "t"] {
            #expect(throws: ColonnadeError.self) { _ = try read(one.with { $0.format = unknown }) }
        }
    }

    @Test func `unknown extension types are refused at any depth`() throws {
        let addresses = ArrowData.fixedBytes(8, [[1, 2, 3, 4, 5, 6, 7, 8]]).extended("polars.object")
        let tables: [ArrowData] = [
            addresses, .list([1], of: addresses), .fixedList(1, of: addresses), .structure([addresses.named("a")]),
            .dictionary("c", [Int8(0)], of: addresses), .structure([addresses.named("a")]).extended("some.point"),
            .integers("l", [Int64(5)]).extended("pandas.period"),
        ]
        for data in tables {
            let error = #expect(throws: ColonnadeError.self) { _ = try read(data) }
            #expect(error?.code == .unsupported)
            #expect(error?.message.contains("extension type") == true, "\(String(describing: error))")
        }
        // Extension types have the type of their storage.
        let identifier = Array(UInt8(0)..<16)
        #expect(
            try read(.fixedBytes(16, [identifier]).extended("arrow.uuid"), type: "uint8[16]")[0].bytes == identifier)
        #expect(try read(.text(["{}"]).extended("arrow.json"), type: "string").map(\.text) == ["{}"])
    }
}
