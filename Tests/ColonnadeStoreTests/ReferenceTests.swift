// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeStore
import ColonnadeStoreTestSupport
import Testing

/// Tests that each of the two implementations reads, verifies and appends to files of the other.
@Suite struct ReferenceTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Expects that both implementations read equal contents, and that these are the expected rows if they are given.
    private func check(_ path: String, _ expected: [[StoredValue]]? = nil) throws {
        #expect(try DatasetVerifier.verify(path: path).problems == [])
        let dataset = try StoredDataset(path: path)
        let differences = try JSONContents.differences(dataset, Reference.readVerified(path), exactStatistics: true)
        #expect(differences == [])
        if let expected { #expect(try columns(of: dataset) == expected) }
    }

    private func options(_ schema: Schema, _ grouping: WriterOptions.Grouping, _ codec: ColumnCodec) -> WriterOptions {
        var options = WriterOptions()
        options.grouping = grouping
        options.segmentBytes = 700
        options.checksumBlockExponent = 12
        options.metadata = ["source": "a test", "empty": "", "ünïcode": "zwei\nZeilen \"€\""]
        options.defaultCodec = codec
        return options
    }

    @Test(arguments: [ColumnCodec.plain, .zlib, .zstd, .lz4])
    func `the reference reads files that this writer wrote and appended to`(
        codec: ColumnCodec
    ) throws {
        let grouping = codec == .plain || codec == .zstd ? WriterOptions.Grouping.automatic : .separate
        var fields = DType.allCases.flatMap { dtype in
            [
                Field("\(dtype.name) scalar", dtype), Field("\(dtype.name) fixed", dtype, [3, 2]),
                Field("\(dtype.name) none", dtype, [2, 0]), Field("\(dtype.name) ragged", dtype, [nil, 2]),
                Field("\(dtype.name) twice", dtype, [nil, 2, nil]),
            ]
        }
        fields += [
            Field("text", kind: .string), Field("image", kind: .bytes, meaning: .media("image/png")),
            Field("label", .int32, meaning: .classLabels(["null", "eins", "zwei €", ""])),
            Field("position.x", .float32), Field("large", .float32, [20]), Field("a\u{301}", .int8),
            Field("\u{E1}", .int8),
        ]
        let schema = try Schema(fields)
        var data = RandomData(seed: UInt64(codec.id.rawValue))
        let rows = data.rows(schema, 23, limit: 4)
        let path = folder.file("data")
        let options = options(schema, grouping, codec)
        let summary = try write(rows, schema, to: path, options: options, rowsPerChunk: 5)
        #expect(summary.segmentCount > 2)
        try check(path, rows)
        let more = data.rows(schema, 9, limit: 9)
        try append(more, to: path, segmentBytes: 2000, rowsPerChunk: 4)
        let both = zip(rows, more).map { $0 + $1 }
        try check(path, both)
        // The reference appends the rows once more, and this writer then appends them too.
        try write(Reference.text(path), toFile: folder.file("json"))
        try Reference.append(json: folder.file("json"), to: path)
        let dataset = try StoredDataset(path: path)
        #expect(dataset.rowCount == 64)
        #expect(try JSONContents.differences(dataset, Reference.read(path)) == [])
        #expect(try DatasetVerifier.verify(path: path).problems == [])
        let four = try columns(of: dataset)
        try append(more, to: path, segmentBytes: 300)
        try check(path, zip(four, more).map { $0 + $1 })
    }

    @Test func `the reference reads blocks of all levels and sizes`() throws {
        let lines = String(decoding: try bytes(ofFile: "\(Repository.vectors)/../colonnade-1.md"), as: UTF8.self).split(
            separator: "\n")
        let texts = lines.prefix(120).map { StoredValue(bytes: Array($0.utf8)) }
        // Rows of 160 KB on average have blocks of 2¹⁵ bytes.
        let large = lines.joined().utf8.prefix(40_000)
        var fields: [Field] = []
        var rows: [[StoredValue]] = []
        var options = WriterOptions()
        let codecs = [
            (CodecID.zstd, 1), (.zstd, 9), (.zstd, 19), (.zstd, 22), (.lz4, 1), (.lz4, 9), (.lz4, 12), (.zlib, 1),
        ]
        for (codec, level) in codecs {
            fields.append(Field("\(codec) \(level)", kind: .string))
            rows.append(texts)
            options.codecs["\(codec) \(level)"] = try ColumnCodec(codec, level: level)
        }
        let path = folder.file("data")
        try write(rows, Schema(fields), to: path, options: options)
        try check(path, rows)
        let schema = try Schema([Field("zstd", kind: .bytes), Field("lz4", kind: .bytes)])
        options.codecs = ["zstd": .zstd, "lz4": .lz4]
        options.replacing = true
        let one = StoredValue(bytes: Array(repeatElement(large, count: 4).joined()))
        try write([[one], [one]], schema, to: path, options: options)
        try check(path, [[one], [one]])
        let dataset = try StoredDataset(path: path)
        #expect(dataset.storage(ofColumn: 0).byteCount < dataset.storage(ofColumn: 1).byteCount)
    }

    /// Returns whether a vector has a class number without a name. The format allows that, but this writer refuses such
    /// rows.
    private func hasLabelsWithoutNames(_ name: String) -> Bool { name == "class-labels" }

    private func expectRefusedLabels(_ append: () throws -> Void) {
        let error = #expect(throws: ColonnadeError.self) { try append() }
        #expect(error?.message.contains("out of range for") == true)
    }

    @Test(arguments: try Repository.vectorNames())
    func `both append in turn to a file of the reference`(name: String) throws {
        let json = "\(Repository.vectors)/\(name).json"
        let path = folder.file("data")
        try Reference.write(json: json, to: path)
        let expected = try Repository.json(json)
        let dataset = try StoredDataset(path: path)
        #expect(try JSONContents.differences(dataset, expected, segments: false) == [])
        let rows = try columns(of: dataset)
        if hasLabelsWithoutNames(name) { return expectRefusedLabels { try append(rows, to: path) } }
        try append(rows, to: path, segmentBytes: 64)
        try check(path, rows.map { $0 + $0 })
        try Reference.append(json: json, to: path)
        try check(path)
        #expect(try StoredDataset(path: path).rowCount == 3 * dataset.rowCount)
    }

    @Test(arguments: try Repository.vectorNames())
    func `a vector can be appended to, and both agree on the result`(name: String) throws {
        let path = folder.file("data")
        try write(bytes(ofFile: "\(Repository.vectors)/\(name).colonnade"), toFile: path)
        let dataset = try StoredDataset(path: path)
        let rows = try columns(of: dataset)
        if name.hasPrefix("unknown-") {
            #expect(throws: ColonnadeError.self) { try append(rows, to: path) }
            #expect(throws: Reference.Failure.self) {
                try Reference.append(json: "\(Repository.vectors)/\(name).json", to: path)
            }
            return
        }
        if hasLabelsWithoutNames(name) { return expectRefusedLabels { try append(rows, to: path) } }
        try append(rows, to: path)
        let after = try StoredDataset(path: path)
        #expect(try columns(of: after) == rows.map { $0 + $0 })
        // The appended commit replaces a torn slot, and also a damaged older slot.
        try check(path)
    }

    @Test(arguments: UInt64(0)..<8)
    func `random schemas and rows`(seed: UInt64) throws {
        var data = RandomData(seed: seed)
        let schema = try data.schema(1 + data.below(8))
        let rows = data.rows(schema, data.below(60), limit: 12)
        let codec: ColumnCodec = [.plain, .zlib, .zstd, .lz4][data.below(4)]
        var options = options(schema, data.below(2) == 0 ? .automatic : .separate, codec)
        options.segmentBytes = 1 + data.below(3000)
        let path = folder.file("data")
        try write(rows, schema, to: path, options: options, rowsPerChunk: 1 + data.below(70))
        try check(path, rows)
        let more = data.rows(schema, data.below(60), limit: 30)
        try append(more, to: path, segmentBytes: 1 + data.below(3000), rowsPerChunk: 1 + data.below(70))
        try check(path, zip(rows, more).map { $0 + $1 })
    }
}
