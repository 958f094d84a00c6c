// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import Testing

@Suite struct CombiningTests {
    static func column(_ name: String, _ count: Int, _ dtype: DType = .uint8) -> (Field, [[UInt8]]) {
        (Field(name, dtype), (0..<count).map { row in (0..<dtype.size).map { $0 == 0 ? UInt8(row) : 0 } })
    }

    static func strings(_ name: String, _ count: Int) -> (Field, [[UInt8]]) {
        (Field(name, kind: .string), (0..<count).map { Array(repeating: 0x61, count: $0 * 7 % 40) })
    }

    @Test func `columns are selected, ordered and renamed`() throws {
        let base = { try MemorySource([Self.column("image", 3), Self.column("label", 3), Self.column("a=b", 3)]) }
        let source = try SelectedSource(try base(), columns: ["y=label", "image", "a=b", "z=label"])
        #expect(source.schema.names == ["y", "image", "a=b", "z"])
        #expect(source.reasons.first == "y: uint8[], as the test says")
        #expect(try rows(of: source).map { $0[0].bytes } == [[0], [1], [2]])
        for columns in [["lable"], ["x=lable"], ["=label"], ["image="], [], ["image", "image"]] {
            #expect(throws: ColonnadeError.self) { _ = try SelectedSource(try base(), columns: columns) }
        }
    }

    @Test func `labels are attached, and values without a label are refused`() throws {
        let base = { try MemorySource([Self.column("y", 3, .int64), Self.column("t", 3)]) }
        let source = try LabelledSource(try base(), labels: ["y": ["a", "b", "c"]])
        #expect(source.schema[0].meaning == .classLabels(["a", "b", "c"]))
        _ = try source.nextChunk(rowLimit: 9, byteLimit: 99)
        for other in [["c", "b", "a"], ["a", "b"]] {
            let error = #expect(throws: ColonnadeError.self) { _ = try LabelledSource(source, labels: ["y": other]) }
            #expect(error?.message.contains("a, b, c already, and the labels are \(other[0]), b") == true)
        }
        #expect(try LabelledSource(source, labels: ["y": ["a", "b", "c"]]).schema == source.schema)
        let short = try LabelledSource(try MemorySource([Self.column("y", 3, .int64)]), labels: ["y": ["a", "b"]])
        let error = #expect(throws: ColonnadeError.self) { try exhaust(short) }
        #expect(error?.place == .record(source: "memory", record: 3, column: "y"))
        #expect(error?.message.contains("2 is out of range for") == true)
        let huge = try LabelledSource(
            try MemorySource([(Field("t", .uint64), [bytes(UInt64.max)])]), labels: ["t": ["a"]])
        #expect(throws: ColonnadeError.self) { try exhaust(huge) }
        let float = try MemorySource([(Field("x", .float32), [bytes(Float(1))])])
        #expect(throws: ColonnadeError.self) { _ = try LabelledSource(float, labels: ["x": ["a"]]) }
    }

    @Test func `sources side by side`() throws {
        let fixed = {
            try ZippedSource([
                try MemorySource([Self.column("a", 100)]), try MemorySource([Self.column("b", 100, .int64)]),
            ])
        }
        #expect(try checkSource { try fixed() } == [])
        let mixed = {
            try ZippedSource([
                try MemorySource([Self.column("a", 100), Self.strings("s", 100)]),
                try MemorySource([Self.strings("t", 100)]), try MemorySource([Self.column("b", 100, .int64)]),
            ])
        }
        #expect(try checkSource { try mixed() } == [])
        let rows = try rows(of: try mixed())
        #expect(rows[9].map(\.bytes.count) == [1, 23, 23, 8] && rows[9][3].bytes[0] == 9)
    }

    @Test func `sources one after another, with columns in any order`() throws {
        let source = {
            try ConcatenatedSource([
                try MemorySource([Self.column("a", 10), Self.strings("s", 10)]),
                try MemorySource([Self.strings("s", 5), Self.column("a", 5)]),
            ])
        }
        #expect(try checkSource { try source() } == [])
        #expect(try source().rowCount == 15)
        #expect(try rows(of: try source()).map { $0[0].bytes[0] } == Array(0..<10) + Array(0..<5))
    }

    @Test func `sources of unknown length can be combined too`() throws {
        let open = try MemorySource("o", [Self.column("x", 3)], isOpenEnded: true)
        let zipped = try ZippedSource([open, try MemorySource("k", [Self.column("y", 3)])])
        #expect(zipped.rowCount == 3)
        #expect(try rows(of: zipped).count == 3)
        let longer = try MemorySource("longer", [Self.column("x", 4)], isOpenEnded: true)
        let unequal = try ZippedSource([longer, try MemorySource("o", [Self.column("y", 3)], isOpenEnded: true)])
        #expect(unequal.rowCount == nil)
        let error = #expect(throws: ColonnadeError.self) { try exhaust(unequal) }
        #expect(error?.message.contains("longer has more rows than the 3 of another") == true)
        let both = try ConcatenatedSource([
            try MemorySource("o", [Self.column("x", 3)], isOpenEnded: true), try MemorySource([Self.column("x", 2)]),
        ])
        #expect(both.rowCount == nil)
        #expect(try rows(of: both).count == 5)
    }

    @Test func `sources are combined by rows first, then by columns`() throws {
        let parts = try [
            MemorySource("i1", [Self.column("image", 3)]), MemorySource("l1", [Self.column("label", 3)]),
            MemorySource("i2", [Self.column("image", 2)]), MemorySource("l2", [Self.column("label", 2)]),
        ]
        let source = try SourceCombination.combine(parts)
        #expect(source.rowCount == 5 && source.schema.names == ["image", "label"])
        #expect(try rows(of: source).map { $0[0].bytes } == [[0], [1], [2], [0], [1]])
        // The sources could be combined as rows or as columns. They are combined as rows.
        let same = try SourceCombination.combine([
            try MemorySource([Self.column("x", 3)]), try MemorySource([Self.column("x", 3)]),
        ])
        #expect(same.rowCount == 6)
    }

    @Test func `the error for sources that do not fit names both shapes`() throws {
        let lengths = #expect(throws: ColonnadeError.self) {
            _ = try SourceCombination.combine([
                try MemorySource("a.npy", [Self.column("x", 3)]), try MemorySource("b.npy", [Self.column("y", 4)]),
            ])
        }
        #expect(lengths?.message.contains("a.npy: 3 rows of x uint8[]; b.npy: 4 rows of y uint8[]") == true)
        let types = #expect(throws: ColonnadeError.self) {
            _ = try SourceCombination.combine([
                try MemorySource("a.csv", [Self.column("x", 3)]),
                try MemorySource("b.csv", [Self.column("x", 3, .int16)]),
            ])
        }
        #expect(types?.message.contains("\"x\" is uint8[] in a.csv and int16[] in b.csv") == true)
    }
}
