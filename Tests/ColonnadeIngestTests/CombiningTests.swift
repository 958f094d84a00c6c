// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import ColonnadeStore
import ColonnadeTestSupport
import Testing

/// Records in memory.
final class MemorySource: RecordSource {
    let name: String
    let schema: Schema
    let rowCount: Int?
    private let count: Int
    var reasons: [String] { schema.map { "\($0.name): \($0.typeDescription), as the test says" } }
    private let columns: [[[UInt8]]]
    private var next = 0

    convenience init(_ columns: [(Field, [[UInt8]])]) throws { try self.init("memory", columns) }

    /// For each column its values, row after row.
    init(_ name: String, _ columns: [(Field, [[UInt8]])], isOpenEnded: Bool = false) throws {
        self.name = name
        schema = try Schema(columns.map(\.0))
        count = columns[0].1.count
        rowCount = isOpenEnded ? nil : count
        self.columns = columns.map(\.1)
    }

    func nextChunk(rowLimit: Int, byteLimit: Int) throws(ColonnadeError) -> RecordChunk? {
        guard next < count else { return nil }
        var chunk = RecordChunk(rowCount: 0, columns: schema.map { _ in ColumnChunk() })
        var bytes = 0
        while next < count, chunk.rowCount < rowLimit {
            bytes += columns.reduce(0) { $0 + $1[next].count }
            if chunk.rowCount > 0, bytes > byteLimit { break }
            for (index, field) in schema.enumerated() {
                chunk.columns[index].values += columns[index][next]
                if field.isRagged { chunk.columns[index].ends.append(chunk.columns[index].values.count) }
            }
            chunk.rowCount += 1
            next += 1
        }
        return chunk
    }
}

/// Little-endian bytes of numbers.
func bytes<Value: FixedWidthInteger>(_ values: Value...) -> [UInt8] {
    values.flatMap { value in (0..<Value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * Value($0))) } }
}

func bytes(_ values: Double...) -> [UInt8] { values.flatMap { bytes($0.bitPattern) } }
func bytes(_ values: Float...) -> [UInt8] { values.flatMap { bytes($0.bitPattern) } }

@Suite struct ConvertedSourceTests {
    /// One column of scalars through a conversion.
    static func convert(_ values: [[UInt8]], _ from: DType, _ to: DType) throws -> [[UInt8]] {
        let source = try ConvertedSource(
            try MemorySource([(Field("x", from), values)]), types: ["x": RequestedType(to)])
        #expect(source.types == ["x \(to.name)[]"])
        return try rows(of: source).map { $0[0].bytes }
    }

    @Test func `numbers that survive become others`() throws {
        #expect(try Self.convert([[7], [255]], .uint8, .float32) == [bytes(Float(7)), bytes(Float(255))])
        #expect(try Self.convert([bytes(Int64(-128))], .int64, .int8) == [[0x80]])
        #expect(try Self.convert([bytes(3.0), bytes(-0.0)], .float64, .uint8) == [[3], [0]])
        #expect(try Self.convert([bytes(Double.nan)], .float64, .float32)[0][3] & 0x7F == 0x7F)
        #expect(try Self.convert([bytes(0.1)], .float64, .float32) == [bytes(Float(0.1))])
        #expect(try Self.convert([bytes(-Double.infinity)], .float64, .bfloat16) == [bytes(UInt16(0xFF80))])
        #expect(try Self.convert([bytes(UInt64(1) << 63)], .uint64, .float64) == [bytes(0x1p63)])
        #expect(try Self.convert([bytes(0x1p63)], .float64, .uint64) == [bytes(UInt64(1) << 63)])
        #expect(try Self.convert([[0], [1]], .uint8, .bool) == [[0], [1]])
        #expect(try Self.convert([[0], [1]], .bool, .float16) == [bytes(UInt16(0)), bytes(UInt16(0x3C00))])
        // Just above the middle of two halves, and a tie in float32.
        #expect(try Self.convert([bytes(1 + 0x1p-11 + 0x1p-40)], .float64, .float16) == [bytes(UInt16(0x3C01))])
        #expect(try Self.convert([bytes(1 + 0x1p-11)], .float64, .float16) == [bytes(UInt16(0x3C00))])
    }

    static let refused: [([UInt8], DType, DType, String)] = [
        (bytes(Int64(300)), .int64, .uint8, "300 is outside 0 … 255"),
        (bytes(Int64(-1)), .int64, .uint64, "-1 is beyond the range of uint64"),
        (bytes(UInt64.max), .uint64, .int64, "18446744073709551615 is beyond"),
        (bytes(0.5), .float64, .int32, "0.5 is not a whole number"),
        (bytes(Double.nan), .float64, .int32, "nan is not a whole number"),
        (bytes(Double.infinity), .float64, .int64, "inf is beyond"),
        (bytes(1e300), .float64, .float32, "1e+300 is beyond"),
        (bytes(Float(70_000)), .float32, .float16, "70000.0 is beyond"),
        ([2], .uint8, .bool, "2 is neither 0 nor 1"),
        (bytes(-1.0), .float64, .uint64, "-1.0 is beyond"),
    ]

    @Test(arguments: refused)
    func `others are refused with record, column and value`(value: [UInt8], from: DType, to: DType, text: String) throws
    {
        var values = [[UInt8]](repeating: [UInt8](repeating: 0, count: value.count), count: 700)
        values[600] = value
        let error = #expect(throws: ColonnadeError.self) { _ = try Self.convert(values, from, to) }
        #expect(error?.message.contains(text) == true, "\(String(describing: error))")
        #expect(error?.message.contains("--type x=") == true)
        #expect(error?.place == .record(source: "memory", record: 601, column: "x"))
    }

    @Test func `every pair of types agrees with Double on small numbers`() throws {
        for from in DType.allCases {
            for to in DType.allCases {
                let zeroAndOne = try Self.convert([[0], [1]], .bool, from)
                let there = try Self.convert(zeroAndOne, from, to)
                #expect(try Self.convert(there, to, .float64) == [bytes(0.0), bytes(1.0)], "\(from) to \(to)")
            }
        }
    }

    @Test func `shapes, bytes and strings`() throws {
        let flat = try MemorySource([(Field("x", .uint8, [6]), [[1, 2, 3, 4, 5, 6]])])
        let shaped = try ConvertedSource(flat, types: ["x": RequestedType(.int16, shape: [2, 3])])
        #expect(shaped.types == ["x int16[2, 3]"])
        #expect(try rows(of: shaped)[0][0].bytes == bytes(Int16(1), 2, 3, 4, 5, 6))
        let text = { try MemorySource([(Field("x", kind: .bytes), [Array("grün".utf8), [0xFF]])]) }
        let source = try ConvertedSource(try text(), types: ["x": .string])
        let error = #expect(throws: ColonnadeError.self) { try exhaust(source) }
        #expect(error?.place == .record(source: "memory", record: 2, column: "x"))
        #expect(try ConvertedSource(try text(), types: ["x": RequestedType(.uint8)]).types == ["x uint8[?]"])
        let ragged = try MemorySource([(Field("x", .uint8, [nil]), [[1, 2], [], [3]])])
        let wide = try rows(of: try ConvertedSource(ragged, types: ["x": RequestedType(.int16)]))
        #expect(wide.map { $0[0].bytes } == [bytes(Int16(1), 2), [], bytes(Int16(3))])
        for type in [RequestedType(.uint8, shape: [5]), .string, RequestedType(.uint8, shape: [nil])] {
            #expect(throws: ColonnadeError.self) { _ = try ConvertedSource(flat, types: ["x": type]) }
        }
        #expect(throws: ColonnadeError.self) { _ = try ConvertedSource(flat, types: ["y": .string]) }
    }

    @Test func `rows do not depend on the limits of chunks`() throws {
        let source = {
            try ConvertedSource(
                try MemorySource([
                    (Field("x", .uint8, [nil]), (0..<100).map { [UInt8](repeating: UInt8($0), count: $0 % 5) }),
                    (Field("y", .int32), (0..<100).map { bytes(Int32($0)) }),
                ]), types: ["x": RequestedType(.float64), "y": RequestedType(.int8)])
        }
        #expect(try checkSource { try source() } == [])
    }
}

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

    @Test func `labels are attached, and values without one refused`() throws {
        let base = { try MemorySource([Self.column("y", 3, .int64), Self.column("t", 3)]) }
        let source = try LabelledSource(try base(), labels: ["y": ["a", "b", "c"]])
        #expect(source.schema[0].meaning == .classLabels(["a", "b", "c"]))
        _ = try source.nextChunk(rowLimit: 9, byteLimit: 99)
        let short = try LabelledSource(try MemorySource([Self.column("y", 3, .int64)]), labels: ["y": ["a", "b"]])
        let error = #expect(throws: ColonnadeError.self) { try exhaust(short) }
        #expect(error?.place == .record(source: "memory", record: 3, column: "y"))
        #expect(error?.message.contains("no label for 2") == true)
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

    @Test func `sources one after another, whatever the order of their columns`() throws {
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

    @Test func `sources that do not know their length go together too`() throws {
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

    @Test func `combination finds rows first and columns then`() throws {
        let parts = try [
            MemorySource("i1", [Self.column("image", 3)]), MemorySource("l1", [Self.column("label", 3)]),
            MemorySource("i2", [Self.column("image", 2)]), MemorySource("l2", [Self.column("label", 2)]),
        ]
        let source = try SourceCombination.combine(parts)
        #expect(source.rowCount == 5 && source.schema.names == ["image", "label"])
        #expect(try rows(of: source).map { $0[0].bytes } == [[0], [1], [2], [0], [1]])
        // Both would do.
        let same = try SourceCombination.combine([
            try MemorySource([Self.column("x", 3)]), try MemorySource([Self.column("x", 3)]),
        ])
        #expect(same.rowCount == 6)
    }

    @Test func `what does not go together is told with both shapes`() throws {
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

    @Test func `formats are found by content, then by name`() throws {
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
        #expect(error?.code == .unsupported && error?.message.contains("idx, npy, npz, csv, tsv, jsonl") == true)
        #expect(throws: ColonnadeError.self) { _ = try SourceFormat(named: "parquet") }
        #expect(throws: ColonnadeError.self) { _ = try SourceFormat(detecting: scratch.path("nothing")) }
    }
}
