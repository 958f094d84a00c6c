// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeStore
import ColonnadeStoreTestSupport
import Testing

/// Compares gathered rows in any order with a simple model.
@Suite struct GatherTests {
    private let folder: TemporaryFolder
    private var path: String { folder.file("data") }

    init() throws { folder = try TemporaryFolder() }

    private func check(_ dataset: StoredDataset, _ rows: [Int], _ wanted: [Int], _ expected: [[StoredValue]]) throws {
        let tensors = try dataset.gather(rows: rows, columns: wanted, from: TensorPool())
        #expect(tensors.count == wanted.count)
        for (tensor, column) in zip(tensors, wanted) {
            let (shape, bytes) = gatherModel(rows.map { expected[column][$0] }, dataset.schema[column])
            #expect(tensor.shape == shape && tensor.dtype == dataset.schema[column].dtype)
            #expect(tensor.withBytes { $0.isEqual(to: bytes) }, "\(dataset.schema[column]) rows \(rows)")
        }
    }

    @Test(arguments: UInt64(0)..<24) func `any rows in any order, in files of one run and of several`(seed: UInt64)
        throws
    {
        var data = RandomData(seed: seed)
        let schema = try data.schema(1 + data.below(7))
        var expected = data.rows(schema, 1 + data.below(50))
        var options = WriterOptions()
        if data.below(2) == 0 { options.grouping = .separate }
        for name in schema.names where data.below(3) == 0 {
            options.codecs[name] = [.zlib, .zstd, .lz4][data.below(3)]
        }
        options.segmentBytes = 1 + data.below(2000)
        try write(expected, schema, to: path, options: options, rowsPerChunk: 1 + data.below(30))
        for _ in 0..<data.below(4) {
            let more = data.rows(schema, data.below(20), limit: 1 + data.below(9))
            try append(more, to: path, segmentBytes: 1 + data.below(1000))
            expected = zip(expected, more).map { $0 + $1 }
        }
        let rowCount = expected[0].count
        for verification in StoredDataset.Verification.allCases {
            let dataset = try StoredDataset(path: path, verification: verification)
            for _ in 0..<8 {
                let rows = (0..<data.below(40)).map { _ in data.below(rowCount) }
                let wanted = (0..<1 + data.below(schema.count + 1)).map { _ in data.below(schema.count) }
                try check(dataset, rows, wanted, expected)
            }
            try check(dataset, Array(0..<rowCount).reversed(), Array(schema.indices), expected)
            try check(dataset, [], Array(schema.indices), expected)
            let row = data.below(rowCount)
            let tensors = try dataset.row(row, columns: Array(schema.indices), from: TensorPool())
            for (index, tensor) in tensors.enumerated() {
                #expect(tensor.shape == shape(of: expected[index][row], schema[index]))
                #expect(tensor.withBytes { $0.isEqual(to: expected[index][row].bytes) })
            }
            let some = data.below(rowCount)..<rowCount
            #expect(try columns(of: dataset, rows: some) == expected.map { Array($0[some]) })
        }
    }

    @Test func `rows are mapped exactly if they are contiguous`() throws {
        let schema = try Schema([
            Field("large", .float32, [16]), Field("a", .int64), Field("b", .uint8), Field("packed", .float32, [16]),
            Field("ragged", .uint8, [nil]),
        ])
        var data = RandomData(seed: 5)
        let rows = data.rows(schema, 40)
        var options = WriterOptions()
        options.codecs = ["packed": .zlib]
        options.segmentBytes = 4096
        try write(rows, schema, to: path, options: options)
        try append(rows, to: path, segmentBytes: 4096)
        let expected = rows.map { $0 + $0 }
        let dataset = try StoredDataset(path: path)
        let segments = dataset.extents.filter { $0.column == "large" }.map(\.rows)
        #expect(segments.count > 3)
        for start in 0..<80 {
            for end in start...80 {
                let tensor = try dataset.mappedRows(start..<end, column: 0)
                let isTogether = start < end && segments.contains { $0.lowerBound <= start && end <= $0.upperBound }
                #expect((tensor != nil) == isTogether, "\(start)..<\(end)")
                guard let tensor else { continue }
                #expect(tensor.shape == [end - start, 16])
                #expect(tensor.withBytes { $0.isEqual(to: expected[0][start..<end].flatMap(\.bytes)) })
                #expect(try tensor.elements(as: Float.self).count == 16 * (end - start))
                tensor.withUnsafeAddress { #expect($0 % 4 == 0) }
                if segments.contains(where: { $0.lowerBound == start }) {
                    tensor.withUnsafeAddress { #expect($0 % 64 == 0) }
                }
            }
        }
        for column in 1...4 { #expect(try dataset.mappedRows(0..<1, column: column) == nil) }
        options.grouping = .separate
        options.replacing = true
        try write(rows, schema, to: path, options: options)
        let separate = try StoredDataset(path: path)
        for column in [1, 2] { #expect(try separate.mappedRows(0..<1, column: column) != nil) }
        // The mapping must stay valid as long as the tensor.
        var kept: Tensor?
        do { kept = try StoredDataset(path: path).mappedRows(0..<3, column: 0) }
        #expect(kept?.withBytes { $0.isEqual(to: rows[0][..<3].flatMap(\.bytes)) } == true)
    }

    @Test func `a batch that would need all memory is refused`() throws {
        let schema = try Schema([Field("deep", .uint8, [nil, nil])])
        let long = 1 << 18
        let rows = [
            [
                StoredValue(bytes: [UInt8](repeating: 1, count: long), dimensions: [long, 1]),
                StoredValue(bytes: [UInt8](repeating: 1, count: long), dimensions: [1, long]),
                StoredValue(bytes: [], dimensions: [1 << 40, 0]), StoredValue(bytes: [], dimensions: [0, 1 << 40]),
            ]
        ]
        try write(rows, schema, to: path)
        let dataset = try StoredDataset(path: path)
        for batch in [[0, 1], [2, 3], [0, 3]] {
            let error = #expect(throws: ColonnadeError.self) {
                try dataset.gather(rows: batch, columns: [0], from: TensorPool())
            }
            #expect(error?.code == .invalidArgument && error?.message.contains("smaller batches") == true)
        }
        for row in 0..<4 { _ = try dataset.row(row, columns: [0], from: TensorPool()) }
    }

    @Test func `batches that are made together count the decoded copy of compressed rows`() throws {
        // Two batches of a row: 6 MB without the copy, and 12 MB with it.
        let schema = try Schema([Field("x", .uint8, [nil])])
        let row = StoredValue(bytes: [UInt8](repeating: 1, count: 3_000_000))
        for (codec, isMade) in [(ColumnCodec.plain, true), (.zlib, false)] {
            var options = WriterOptions()
            options.defaultCodec = codec
            try write([[row, row]], schema, to: folder.file(codec.id.name), options: options)
            let dataset = try StoredDataset(path: folder.file(codec.id.name))
            let gather = BlockGather(dataset, [ColumnRequest(column: 0)], batchesOf: 1, from: TensorPool())
            var scratch = BatchScratch()
            scratch.rows = [1, 0]
            var count = 0
            let outcome = try gather.batches(&scratch, count: 2, areConsecutive: false, isCheckedMeanwhile: false) {
                count += $0[0].shape[1]
            }
            #expect(outcome == (isMade ? .made : .tooLarge) && count == (isMade ? 6_000_000 : 0))
        }
    }
}

extension Tensor {
    fileprivate func withUnsafeAddress(_ body: (Int) -> Void) {
        unsafe withUnsafeBytes { body(Int(bitPattern: $0.baseAddress)) }
    }
}
