// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import ColonnadeStore
import Testing

/// Tests times in sources: ISO 8601 in text, `datetime64` and `timedelta64` in arrays.
struct TimeReaderTests {
    private func read(_ text: String, _ type: String) throws -> Int64 {
        let source = try csv("t\n\(text)\n") { $0.types["t"] = try RequestedType(parsing: type) }
        let value = try rows(of: source)[0][0]
        return source.schema[0].dtype == .int32 ? Int64(value.scalars(Int32.self)[0]) : value.integers[0]
    }

    @Test(arguments: [
        ("2024-02-29", "date", 19_782), ("1969-12-31", "date[d]", -1), ("0000-01-01", "date[d]", -719_528),
        ("-0001-12-31", "date[d]", -719_529), ("+10000-01-01", "date[d]", 2_932_897), ("2000-02-29", "date[d]", 11_016),
        ("2024-02-29T00:00:00", "date[d]", 19_782), ("1970-01-01T00:00:00.001", "date[ms]", 1),
        ("00:00", "time[s]", 0), ("23:59:59.999", "time[ms]", 86_399_999), ("00:00:00.000000001", "time[ns]", 1),
        ("1969-12-31T23:59:59.999999999", "timestamp[ns]", -1), ("2024-02-29 12:00", "timestamp[s]", 1_709_208_000),
        ("2024-02-29", "timestamp[s]", 1_709_164_800),
        ("2024-02-29T12:00:00.2500000000", "timestamp[ms]", 1_709_208_000_250),
        ("2024-02-29T13:00:00.250+01:00", "timestamp[ms, UTC]", 1_709_208_000_250),
        ("2024-02-29t05:30:00-0630", "timestamp[s,Europe/Berlin]", 1_709_208_000),
        ("2024-02-29T12:00:00z", "timestamp[s, UTC]", 1_709_208_000), ("2024-02-29T14+02", "timestamp[s, UTC]", nil),
        ("-290308-12-21T19:59:05.224192Z", "timestamp[us, UTC]", .min),
        ("+294247-01-10T04:00:54.775807Z", "timestamp[us, UTC]", .max),
        ("PT90S", "duration[s]", 90), ("-PT1.500S", "duration[ms]", -1_500), ("P1DT2H3M4S", "duration[s]", 93_784),
        ("P2W", "duration[s]", 1_209_600), ("-PT9223372036.854775808S", "duration[ns]", .min),
    ])
    func `text in ISO 8601 becomes a count of its unit`(_ text: String, _ type: String, _ expected: Int64?) throws {
        guard let expected else {
            #expect(throws: ColonnadeError.self) { try read(text, type) }
            return
        }
        #expect(try read(text, type) == expected)
    }

    @Test(arguments: [
        ("2023-02-29", "date[d]", "is no date[d] after ISO 8601; write it as in 2024-02-29"),
        ("20240229", "date[d]", "is no date"), ("2024-13-01", "date[d]", "is no date"),
        ("2024-2-9", "date[d]", "is no date"),
        ("29.02.2024", "date[d]", "is no date"), ("1900-02-29", "date[d]", "is no date"),
        ("2024-02-29T01:00:00", "date[d]", "lies between two of the unit of date[d]; correct it, or use a finer unit"),
        ("+9999999-01-01", "date[d]", "is beyond the range of date[d]"),
        ("24:00", "time[s]", "is no time"), ("12", "time[s]", "is no time"), ("12:00:60", "time[s]", "is no time"),
        ("12:00:00.5", "time[s]", "lies between two"), ("12:00:00.", "time[ms]", "is no time"),
        ("2024-02-29T12:00:00.0000000001", "timestamp[ns]", "lies between two"),
        ("2300-01-01", "timestamp[ns]", "is beyond the range of timestamp[ns]; correct it, or use a coarser unit"),
        ("2024-02-29T12:00:00", "timestamp[s, UTC]", "has no zone, and timestamp[s, UTC] has one; add Z"),
        (
            "2024-02-29T12:00:00Z", "timestamp[s]",
            "has a zone, and timestamp[s] has none; leave the zone out, or use --type 't=timestamp[s, UTC]'"
        ),
        ("1709208000", "timestamp[s]", "is no timestamp"),
        ("2024-02-29T12:00:00Zx", "timestamp[s, UTC]", "is no timestamp"),
        ("P", "duration[s]", "is no duration"), ("PT", "duration[s]", "is no duration"),
        ("P1DT", "duration[s]", "is no duration"),
        ("PT1.5M", "duration[s]", "is no duration"), ("PT1S2M", "duration[s]", "is no duration"),
        ("90", "duration[s]", "is no duration"),
        ("", "date[d]", "stands for a missing value"),
        (
            "NaT", "date[d]",
            "stands for a missing value; leave the record out, or say what to put there with --fill t=NaT"
        ),
    ])
    func `texts that are no such time, or beyond the type, are errors`(
        _ text: String, _ type: String, _ message: String
    ) {
        let error = #expect(throws: ColonnadeError.self) { _ = try read("\"\(text)\"", type) }
        #expect(error?.place == .record(source: "t.csv", record: 1, column: "t"))
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test func `time types are read in the form in which they are written`() throws {
        for text in ["date[d]", "time[ns]", "timestamp[us, UTC]", "duration[s]", "timestamp[ms][?]", "date[d][2, 3]"] {
            #expect(try RequestedType(parsing: text).description == text)
        }
        #expect(try RequestedType(parsing: "date").description == "date[d]")
        for text in ["time", "timestamp[h]", "date[us]", "timestamp[us", "date[d]]", "duration[s, UTC]", "dates"] {
            #expect(throws: ColonnadeError.self) { try RequestedType(parsing: text) }
        }
    }

    @Test func `JSON may have times as strings, or as counts of the unit`() throws {
        let text = "{\"t\":\"2024-02-29T12:00:00Z\",\"v\":[\"PT1S\",2]}\n{\"t\":1709208000,\"v\":[]}\n{\"v\":[null]}\n"
        let source = try jsonLines(text) {
            $0.types = ["t": try .init(parsing: "timestamp[s, UTC]"), "v": try .init(parsing: "duration[s][?]")]
            $0.kindFills = KindFills([.time: "NaT"])
            $0.text.masks = true
        }
        #expect(source.schema[0].meaning == TimeType(.timestamp, .seconds, zone: "UTC").map { .time($0) })
        let found = try rows(of: source)
        #expect(found.map { $0[0].integers } == [[1_709_208_000], [1_709_208_000], [.min]])
        #expect(found.map { $0[2].integers } == [[1, 2], [], [.min]])
        #expect(found.map { $0[1].bytes + $0[3].bytes } == [[1, 1], [1, 1], [0, 0]])
        let none = #expect(throws: ColonnadeError.self) {
            _ = try jsonLines("{\"t\":null}") { $0.types = ["t": try .init(parsing: "date")] }
        }
        #expect(none?.message.hasSuffix("--fill t=NaT") == true)
    }

    /// Columns of every kind of time, with values before 1970 and beyond 9999.
    private static var columns: [(Field, [[UInt8]])] {
        func field(_ name: String, _ type: String, _ shape: [Int?] = []) throws -> Field {
            let time = try #require(TimeType(parsing: type))
            return Field(name, time.dtype, shape, meaning: .time(time))
        }
        func all() throws -> [(Field, [[UInt8]])] {
            [
                (try field("day", "date[d]"), [-1, 19_782, 3_000_000].map { bytes(Int32($0)) }),
                (try field("clock", "time[us]"), [0, 1, 86_399_999_999].map { bytes(Int64($0)) }),
                (try field("naive", "timestamp[ms]"), [-1, 1_709_208_000_250, 0].map { bytes(Int64($0)) }),
                (try field("utc", "timestamp[ns, UTC]"), [.max, -5, 1].map { bytes(Int64($0)) }),
                (try field("span", "duration[us]"), [-1_500_000, .max, 0].map { bytes(Int64($0)) }),
                (try field("pair", "timestamp[s]", [2]), [1, 2, 3].map { bytes(Int64($0), -$0) }),
            ]
        }
        return (try? all()) ?? []
    }

    @Test(arguments: [ExportFormat.csv, .tsv, .jsonl, .npz])
    func `an exported column of times is ingested as the same column`(_ format: ExportFormat) throws {
        let scratch = try Scratch()
        let original = scratch.path("a.colonnade")
        _ = try Ingestor(source: try MemorySource(Self.columns)).write(to: original)
        let exported = scratch.path("a.\(format.rawValue)")
        try DatasetExport(try StoredDataset(path: original)).write(to: exported)
        let options = format.ingestOptions(for: try StoredDataset(path: original).schema)
        let copy = scratch.path("b.colonnade")
        _ = try Ingestor(paths: [exported], options: options).write(to: copy)
        let (first, second) = (try IngestorTests.stored(original), try IngestorTests.stored(copy))
        #expect(second.chunk.columns.map(\.values) == first.chunk.columns.map(\.values))
        // NumPy has no time zones.
        for (index, field) in first.schema.enumerated() where format != .npz || field.name != "utc" {
            #expect(second.schema[index] == field)
        }
        if format != .npz {
            var appending = IngestOptions()
            appending.text.vectors = options.text.vectors
            _ = try Ingestor(paths: [exported], appendingTo: original, options: appending).append()
            #expect(try StoredDataset(path: original).rowCount == 6)
        }
    }

    @Test func `NaT is never written, and is read if there is a fill`() throws {
        let scratch = try Scratch()
        let original = scratch.path("a.colonnade")
        let day = Field("t", .int32, meaning: TimeType(.date, .days).map { .time($0) })
        _ = try Ingestor(source: try MemorySource([(day, [bytes(Int32.min), bytes(Int32(1))])])).write(to: original)
        for format in [ExportFormat.csv, .jsonl, .npz] {
            let exported = scratch.path("a.\(format.rawValue)")
            try DatasetExport(try StoredDataset(path: original)).write(to: exported)
            var options = IngestOptions()
            options.types["t"] = try RequestedType(parsing: "date")
            let error = #expect(throws: ColonnadeError.self) {
                try Ingestor(paths: [exported], options: options).rehearse()
            }
            #expect(error?.message.contains("--fill t=NaT") == true, "\(error?.message ?? "")")
            options.kindFills = KindFills([.time: "NaT"])
            let copy = scratch.path("\(format.rawValue).colonnade")
            _ = try Ingestor(paths: [exported], options: options).write(to: copy)
            #expect(try IngestorTests.stored(copy).chunk.columns[0].values == bytes(Int32.min, 1))
        }
    }

    @Test(arguments: [
        ("<M8[ns]", "timestamp[ns]", 7, 7), (">M8[us]", "timestamp[us]", 7, 7), ("<M8[D]", "date[d]", -7, -7),
        ("<M8[W]", "date[d]", 2, 14), ("<M8[h]", "timestamp[s]", 2, 7_200), ("<m8[m]", "duration[s]", -2, -120),
        (">m8[D]", "duration[s]", 1, 86_400), ("<m8[ms]", "duration[ms]", 9, 9),
    ])
    func `arrays of times are columns of times`(_ descr: String, _ type: String, _ number: Int64, _ expected: Int64)
        throws
    {
        let scratch = try Scratch()
        let element = descr.first == ">" ? Array(bytes(number).reversed()) : bytes(number)
        let path = try scratch.write(NumPySourceTests.file(descr, "(2, 1)", element + element), "t.npy")
        let source = try NumPySource(path: path)
        #expect(source.schema[0].meaning == TimeType(parsing: type).map { .time($0) })
        let values = try rows(of: source).map { row in
            source.schema[0].dtype == .int32 ? Int64(row[0].scalars(Int32.self)[0]) : row[0].integers[0]
        }
        #expect(values == [expected, expected])
    }

    @Test func `times of arrays change their unit if that is exact`() throws {
        let scratch = try Scratch()
        let path = try scratch.write(NumPySourceTests.file("<M8[ms]", "(2,)", bytes(Int64(5_000), -1_000)), "t.npy")
        let far = try scratch.write(NumPySourceTests.file("<M8[D]", "(1,)", bytes(Int64(1) << 40)), "far.npy")
        func converted(_ type: String) throws -> [Int64] {
            var options = IngestOptions()
            options.types["t"] = try RequestedType(parsing: type)
            let target = scratch.path("t.colonnade")
            options.writer.replacing = true
            _ = try Ingestor(paths: [path], options: options).write(to: target)
            let values = try IngestorTests.stored(target).chunk.columns[0].values
            return [0, 8].filter { $0 < values.count }.map { start in
                values[start..<start + 8].reversed().reduce(0) { $0 << 8 | Int64($1) }
            }
        }
        #expect(try converted("timestamp[s]") == [5, -1])
        #expect(try converted("timestamp[ns]") == [5_000_000_000, -1_000_000_000])
        for type in ["timestamp[s, UTC]", "duration[s]", "date[d]"] {
            let error = #expect(throws: ColonnadeError.self) { try converted(type) }
            #expect(error?.message.contains("means something else") == true)
        }
        let error = #expect(throws: ColonnadeError.self) { try Ingestor(paths: [far]).rehearse() }
        #expect(error?.message.contains("datetime64[s]") == true)
        try scratch.write(NumPySourceTests.file("<M8[ms]", "(1,)", bytes(Int64(1_500))), "t.npy")
        let between = #expect(throws: ColonnadeError.self) { try converted("timestamp[s]") }
        #expect(between?.message.contains("1970-01-01T00:00:01.500 lies between two") == true)
    }
}
