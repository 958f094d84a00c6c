// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeStore
import ColonnadeStoreTestSupport
import Testing

/// Tests that written rows are read unchanged, with any borders of segments and runs.
@Suite struct RoundTripTests {
    private let folder: TemporaryFolder
    private var path: String { folder.file("data") }

    init() throws { folder = try TemporaryFolder() }

    private func check(_ expected: [[StoredValue]]) throws {
        #expect(try DatasetVerifier.verify(path: path).problems == [])
        for verification in StoredDataset.Verification.allCases {
            let dataset = try StoredDataset(path: path, verification: verification)
            #expect(dataset.rowCount == expected[0].count)
            #expect(try columns(of: dataset) == expected)
        }
    }

    /// Reads the rows of plain fixed columns with only the arithmetic of the specification, and compares them.
    private func checkAddresses(_ expected: [[StoredValue]]) throws {
        let dataset = try StoredDataset(path: path)
        let file = try bytes(ofFile: path)
        var found = expected.map { _ in 0 }
        for extent in dataset.extents {
            let column = try dataset.schema.index(of: extent.column)
            let size = try #require(dataset.schema[column].fixedByteCount)
            #expect(extent.offset % dataset.schema[column].dtype.size == 0)
            #expect(extent.stride % dataset.schema[column].dtype.size == 0)
            for (number, row) in extent.rows.enumerated() {
                let start = extent.offset + number * extent.stride
                #expect(Array(file[start..<start + size]) == expected[column][row].bytes)
            }
            found[column] += extent.rows.count
        }
        for (index, field) in dataset.schema.enumerated() where field.fixedByteCount != nil {
            if dataset.storage(ofColumn: index).codec == .plain { #expect(found[index] == dataset.rowCount) }
        }
    }

    @Test(arguments: [WriterOptions.Grouping.automatic, .separate])
    func `rows at and around the ends of segments`(grouping: WriterOptions.Grouping) throws {
        let schema = try Schema([
            Field("a", .uint8), Field("b", .float64), Field("c", .int16, [3]), Field("d", .float32, [16]),
            Field("e", .bool, [2]), Field("f", .int64, [0, 3]),
        ])
        var data = RandomData(seed: 11)
        for rowCount in [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33] {
            let rows = data.rows(schema, rowCount)
            for segmentBytes in [1, 400, 1600] {
                var options = WriterOptions()
                (options.replacing, options.grouping, options.segmentBytes) = (true, grouping, segmentBytes)
                let summary = try write(rows, schema, to: path, options: options, rowsPerChunk: 1 + data.below(20))
                #expect(summary.rowCount == rowCount)
                #expect(summary.byteCount == (try bytes(ofFile: path).count))
                try check(rows)
                try checkAddresses(rows)
            }
        }
    }

    @Test func `small columns share a group, and large or compressed ones have their own`() throws {
        let schema = try Schema([
            Field("a", .uint8), Field("large", .uint8, [64]), Field("b", .float64), Field("c", .uint8, [63]),
            Field("z", .int8), Field("text", kind: .string),
        ])
        var data = RandomData(seed: 12)
        let rows = data.rows(schema, 10)
        var options = WriterOptions()
        options.codecs = ["z": .zlib]
        try write(rows, schema, to: path, options: options)
        let automatic = try StoredDataset(path: path)
        let groups = schema.indices.map { automatic.storage(ofColumn: $0).group }
        #expect(groups[0] == groups[2] && groups[0] == groups[3])
        #expect(Set(groups.compactMap(\.self)).count == 3 && groups[5] == nil)
        #expect(automatic.storage(ofColumn: 0).stride == 72)
        #expect(automatic.storage(ofColumn: 1).stride == 64)
        #expect(automatic.storage(ofColumn: 0).byteCount == 10 && automatic.storage(ofColumn: 1).byteCount == 640)
        #expect(automatic.storage(ofColumn: 4).codec == .zlib)
        (options.replacing, options.grouping) = (true, .separate)
        try write(rows, schema, to: path, options: options)
        let separate = try StoredDataset(path: path)
        #expect(Set(schema.indices.compactMap { separate.storage(ofColumn: $0).group }).count == 5)
        try check(rows)
    }

    @Test func `rows that grow and shrink begin new runs, and segments keep about their size`() throws {
        let schema = try Schema([Field("x", .uint8, [nil]), Field("n", .int32)])
        var data = RandomData(seed: 13)
        var sizes = [Int](repeating: 0, count: 3000) + [Int](repeating: 40_000, count: 12)
        sizes += [Int](repeating: 3, count: 4000) + [200_000] + [Int](repeating: 1, count: 500)
        sizes += (0..<200).map { _ in data.below(2) == 0 ? 0 : 9_000 }
        let rows = [
            sizes.map { StoredValue(bytes: data.bytes($0)) },
            sizes.indices.map { _ in StoredValue(bytes: data.bytes(4)) },
        ]
        var options = WriterOptions()
        options.segmentBytes = 10_000
        try write(rows, schema, to: path, options: options, rowsPerChunk: 97)
        try check(rows)
        let layout = try FileLayout(byteCount: bytes(ofFile: path).count) { Array(try! bytes(ofFile: path)[$0]) }
        #expect(layout.footer.runs.count > 3 && layout.footer.runs.count < 60)
        // At most three segments and one row are buffered. Only the last segment of a run may be tiny.
        for run in layout.footer.runs {
            for (index, segment) in run.segments.enumerated() {
                #expect(segment.dataLength < (segment.dataLength > 200_000 ? 200_000 : 40_000) + 3 * 10_000 + 97 * 12)
                if index < run.segments.count - 1 { #expect(segment.dataLength >= 10_000 / 8) }
            }
        }
        #expect(layout.footer.runs.allSatisfy { $0.segmentExponent <= 20 })
    }

    @Test func `rows of no bytes need no space`() throws {
        let schema = try Schema([Field("x", .float64, [0])])
        let many = 1 << 33
        var writer = try DatasetWriter(creating: path, schema: schema)
        try writer.append(RecordChunk(rowCount: many, columns: [ColumnChunk()]))
        let summary = try writer.finish()
        #expect(summary.rowCount == many && summary.byteCount < 100_000)
        #expect(try DatasetVerifier.verify(path: path).problems == [])
        let dataset = try StoredDataset(path: path)
        let tensors = try dataset.gather(rows: [0, many - 1], columns: [0], from: TensorPool())
        #expect(tensors.map(\.shape) == [[2, 0]])
    }

    @Test func `single samples and chunks give the same file`() throws {
        let schema = try Schema([
            Field("x", .float32, [2]), Field("text", kind: .string), Field("deep", .int16, [nil, nil]),
        ])
        var writer = try DatasetWriter(creating: path, schema: schema)
        for row in 0..<5000 {
            let deep = Tensor([Int16](repeating: Int16(row), count: (row % 3) * (row % 2)), shape: [row % 3, row % 2])
            try writer.append(
                Sample(
                    schema: schema, tensors: [Tensor([Float(row), -1]), Tensor(utf8: "row \(row)"), deep]))
        }
        let other = try Schema([
            Field("x", .float32, [2]), Field("text", kind: .string), Field("deep", .int8, [nil, nil]),
        ])
        let wrong = Sample(
            schema: other, tensors: [Tensor([Float(0), 0]), Tensor(utf8: ""), Tensor([Int8](), shape: [0, 0])])
        try writer.finish()
        let dataset = try StoredDataset(path: path)
        for row in [0, 1, 2, 4095, 4096, 4999] {
            let tensors = try dataset.row(row, columns: [0, 1, 2], from: TensorPool())
            #expect(try tensors[0].elements(as: Float.self) == [Float(row), -1])
            #expect(try tensors[1].string() == "row \(row)")
            #expect(tensors[2].shape == [row % 3, row % 2])
        }
        var appender = try DatasetWriter(appendingTo: path)
        do {
            try appender.append(wrong)
            Issue.record("int8 went into int16")
        } catch { #expect(error.place == .row(5000, column: "deep")) }
        do {
            try appender.finish()
            Issue.record("half a row was committed")
        } catch { #expect(error.code == .invalidArgument) }
        #expect(try StoredDataset(path: path).rowCount == 5000)
    }
}
