// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import Testing

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
        // Without a fill for the kind, the error names the column and the reason.
        let byKind = ArrowProducer([columns([0], [1], [2])])
        let misfit = #expect(throws: ColonnadeError.self) {
            _ = try rows(of: try byKind.source { $0.kindFills = KindFills([.int: "-1", .float: "nan", .str: "?"]) })
        }
        #expect(misfit?.place == Self.place(1, "b") && misfit?.message.firstRange(of: "uint8") != nil)
    }

    @Test func `fills by kind, and masks of missing values`() throws {
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

    @Test func `missing values outside a slice are ignored`() throws {
        let numbers = ArrowData.integers("l", (0..<200).map(Int64.init)).missing(3, 150)
        let source = try ArrowProducer([table(numbers.slice(4..<150).named("x"))]).source()
        #expect(try rows(of: source).count == 146)
        #expect(failure(table(numbers.slice(4..<151).named("x")))?.place == Self.place(146, "x"))
        // Validity bits without zeros, and an unknown count of missing values.
        let whole = numbers.with {
            $0.buffers[0] = bits(Array(repeating: true, count: 200))
            $0.nullCount = -1
        }
        #expect(try rows(of: try ArrowProducer([table(whole.named("x"))]).source()).count == 200)
    }

    @Test func `a fill replaces missing values`() throws {
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
