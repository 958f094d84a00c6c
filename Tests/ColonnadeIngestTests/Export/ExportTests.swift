// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import ColonnadeStore
import Testing

@Suite struct ExportTests {
    /// Returns rows with difficult numbers of a data type.
    static func numbers(_ dtype: DType) -> [[UInt8]] {
        switch dtype {
        case .bool: [[0], [1], [1], [0]]
        case .uint8, .int8: [[0], [255], [128], [7]]
        case .uint16, .int16: [bytes(UInt16(0)), bytes(UInt16.max), bytes(UInt16(0x8000)), bytes(UInt16(7))]
        case .uint32, .int32: [bytes(UInt32(0)), bytes(UInt32.max), bytes(UInt32(0x8000_0000)), bytes(UInt32(7))]
        case .uint64, .int64:
            [bytes(UInt64(0)), bytes(UInt64.max), bytes(UInt64(0x8000_0000_0000_0000)), bytes(UInt64(7))]
        case .float16: [bytes(UInt16(0x3555)), bytes(UInt16(0x7C00)), bytes(UInt16(0x8001)), bytes(UInt16(0x7BFF))]
        case .bfloat16: [bytes(UInt16(0x3DCC)), bytes(UInt16(0xFF80)), bytes(UInt16(0x8001)), bytes(UInt16(0x7F7F))]
        case .float32:
            [bytes(Float(0.1)), bytes(-Float.infinity), bytes(Float.leastNonzeroMagnitude), bytes(-Float(0))]
        case .float64:
            [bytes(0.1), bytes(Double.infinity), bytes(Double.leastNonzeroMagnitude), bytes(1.7976931348623157e308)]
        }
    }

    static let texts = ["", "a,\"b\"\nc\td", "NA", " 12 "].map { Array($0.utf8) }

    static func scalars() -> [(Field, [[UInt8]])] {
        DType.allCases.map { (Field("c.\($0.name)", $0), numbers($0)) }
            + [
                (Field("text", kind: .string), texts),
                (Field("raw", kind: .bytes), [[], [0xFF, 1], [7, 0, 9], [200]]),
            ]
    }

    static func tensors() -> [(Field, [[UInt8]])] {
        [
            (Field("image", .uint8, [2, 3]), (0..<4).map { row in (0..<6).map { UInt8(row * 50 + $0) } }),
            (Field("box", .float32, [2]), (0..<4).map { bytes(Float($0) / 3, $0 == 2 ? .nan : 1e-30) }),
        ]
    }

    static func ragged() -> [(Field, [[UInt8]])] {
        [
            (Field("tokens", .int32, [nil]), [bytes(Int32(1), -2), [], bytes(Int32(3)), bytes(Int32.min)]),
            (
                Field("points", .float32, [nil, 2]),
                [bytes(Float.nan, 1), [], bytes(Float(2), 3, 4, 5), bytes(Float(6), 7)]
            ),
        ]
    }

    /// Exports the columns, ingests the result with the options that the export names, and compares.
    static func roundTrip(_ columns: [(Field, [[UInt8]])], _ format: ExportFormat) throws {
        let scratch = try Scratch()
        let original = scratch.path("a.colonnade")
        _ = try Ingestor(source: try MemorySource(columns)).write(to: original)
        // Texts with tabs and line ends need quotes.
        let quoting: Quoting = format == .tsv ? .character("\"") : .automatic
        let exported = scratch.path("a.\(format.rawValue)")
        let export = try DatasetExport(try StoredDataset(path: original))
        try export.write(to: exported, quoting: quoting)
        var options = format.ingestOptions(for: export.schema)
        options.text.quoting = quoting
        let again = try Ingestor(paths: [exported], options: options)
        #expect(again.plan.schema == export.schema)
        _ = try again.write(to: scratch.path("b.colonnade"))
        let (_, before) = try IngestorTests.stored(original)
        let (_, after) = try IngestorTests.stored(scratch.path("b.colonnade"))
        for (index, field) in export.schema.enumerated() {
            #expect(after.columns[index] == before.columns[index], "\(field) by \(format)")
        }
        // The options in the form of the command line.
        options.types = [:]
        options.text.vectors = []
        let arguments = format.ingestArguments(for: export.schema)
        for (option, value) in zip(arguments, arguments.dropFirst()) where option.hasPrefix("--") {
            let parts = value.split(separator: "=", maxSplits: 1).map(String.init)
            if option == "--type" {
                options.types[parts[0]] = try RequestedType(parsing: parts[1])
            } else {
                let ends = parts[1].split(separator: ":").map(String.init)
                options.text.vectors.append(VectorColumn(name: parts[0], first: ends[0], last: ends[1]))
            }
        }
        #expect(try Ingestor(paths: [exported], options: options).plan.schema == export.schema)
        #expect(scratch.names == ["a.\(format.rawValue)", "a.colonnade", "b.colonnade"].sorted())
    }

    @Test(arguments: [ExportFormat.jsonl, .csv, .tsv])
    func `text files keep all rows`(format: ExportFormat) throws {
        try Self.roundTrip(Self.scalars(), format)
        try Self.roundTrip(Self.tensors(), format)
        try Self.roundTrip([(Field("t", kind: .string), Self.texts)], format)
        try Self.roundTrip([(Field("t;u", kind: .string), Self.texts)], format)
    }

    @Test func `JSON Lines can have ragged columns`() throws {
        try Self.roundTrip(Self.ragged(), .jsonl)
    }

    @Test func `archives keep all rows`() throws {
        try Self.roundTrip(Self.scalars().filter { $0.0.dtype != .bfloat16 }, .npz)
        try Self.roundTrip(Self.tensors(), .npz)
        let wide = [(Field("t", kind: .string), ["grün", "🚀🚀", ""].map { Array($0.utf8) })]
        try Self.roundTrip(wide, .npz)
    }

    @Test func `archives with 64-bit records are read too`() throws {
        let scratch = try Scratch()
        let columns = Self.tensors()
        let source = try MemorySource(columns)
        var sink = try NPZExporter(
            path: scratch.path("w.npz"), schema: source.schema, rowCount: 4, widths: [:], replacing: false,
            forcingWideRecords: true)
        while let chunk = try source.nextChunk(rowLimit: 3, byteLimit: .max) { try sink.append(chunk) }
        try sink.finish()
        let read = try rows(of: try NPZSource(path: scratch.path("w.npz")))
        #expect(read.map { $0.map(\.bytes) } == (0..<4).map { row in columns.map { $0.1[row] } })
    }

    @Test(arguments: ExportFormat.allCases)
    func `Fashion-MNIST is exported and ingested again`(format: ExportFormat) throws {
        let scratch = try Scratch()
        _ = try Ingestor(paths: [IDXSourceTests.labels]).write(to: scratch.path("f.colonnade"))
        let export = try DatasetExport(try StoredDataset(path: scratch.path("f.colonnade")), columns: ["label"])
        var calls: [Int] = []
        try export.write(to: scratch.path("f.out"), format: format) { rows, bytes in
            calls.append(rows)
            return rows == bytes
        }
        #expect(calls.last == 1000)
        var options = format.ingestOptions(for: export.schema)
        options.format = try SourceFormat(named: format.rawValue)
        _ = try Ingestor(paths: [scratch.path("f.out")], options: options).write(to: scratch.path("g.colonnade"))
        let (_, before) = try IngestorTests.stored(scratch.path("f.colonnade"))
        let (_, after) = try IngestorTests.stored(scratch.path("g.colonnade"))
        #expect(before == after)
    }

    @Test func `columns that a format cannot hold are refused with a remedy, and no file remains`() throws {
        let cases: [(ExportFormat, [(Field, [[UInt8]])], String)] = [
            (.csv, Self.ragged(), ".jsonl"), (.npz, Self.ragged(), ".jsonl"),
            (.npz, [(Field("b", .bfloat16), [[0, 0]])], ".jsonl"),
            (.npz, [(Field("s", kind: .string), [[0x61], [0x61, 0]])], "ends in a zero"),
            (.csv, [(Field("x", .int8, [2]), [[1, 2]]), (Field("x_1", .int8), [[3]])], "\"x_1\""),
        ]
        for (format, columns, remedy) in cases {
            let scratch = try Scratch()
            _ = try Ingestor(source: try MemorySource(columns)).write(to: scratch.path("a.colonnade"))
            let export = try DatasetExport(try StoredDataset(path: scratch.path("a.colonnade")))
            let error = #expect(throws: ColonnadeError.self) {
                try export.write(to: scratch.path("a.\(format.rawValue)"))
            }
            #expect(error?.code == .invalidArgument)
            #expect(error?.message.contains(remedy) == true, "\(String(describing: error))")
            #expect(scratch.names == ["a.colonnade"])
        }
    }

    @Test func `an existing file is kept unless it may be replaced, and when the export stops`() throws {
        let scratch = try Scratch()
        _ = try Ingestor(paths: [IDXSourceTests.labels]).write(to: scratch.path("f.colonnade"))
        let export = try DatasetExport(try StoredDataset(path: scratch.path("f.colonnade")))
        let target = try scratch.write([1], "f.csv")
        for replacing in [false, true] {
            let error = #expect(throws: ColonnadeError.self) {
                try export.write(to: target, replacing: replacing) { _, _ in false }
            }
            #expect(error?.code == (replacing ? .cancelled : .fileExists))
            #expect(try contents(target) == [1])
        }
        try export.write(to: target, replacing: true)
        #expect(try contents(target).starts(with: Array("label\n9\n0\n0\n3\n".utf8)))
        #expect(throws: ColonnadeError.self) { try export.write(to: scratch.path("f.parquet")) }
        #expect(throws: ColonnadeError.self) { _ = try DatasetExport(export.dataset, columns: ["lable"]) }
    }
}
