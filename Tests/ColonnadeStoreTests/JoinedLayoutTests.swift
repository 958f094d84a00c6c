// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeStore
import ColonnadeStoreTestSupport
import Testing

/// Compares rows of files whose columns lie differently, gathered as those of one file, with a simple model.
@Suite struct JoinedLayoutTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: UInt64(0)..<24) func `any rows of files with columns in other groups, orders and sizes`(
        seed: UInt64
    )
        throws
    {
        var data = RandomData(seed: seed)
        let schema = try data.schema(2 + data.below(5))
        let others = try Schema(data.schema(3).map { Field("other \($0.name)", $0.dtype, $0.fixedShape ?? []) })
        var expected = [[StoredValue]](repeating: [], count: schema.count)
        var datasets: [StoredDataset] = []
        var numbers: [[Int]] = []
        let verification = StoredDataset.Verification.allCases[data.below(StoredDataset.Verification.allCases.count)]
        // By key, whether its column is compressed in each file.
        var isCompressed = [[Bool]](repeating: [], count: schema.count)
        for number in 0..<2 + data.below(5) {
            // Most files are like the one before.
            let isNew = number == 0 || data.below(3) > 0
            let names = isNew ? (schema.names + others.names.prefix(data.below(4))) : datasets[number - 1].schema.names
            var options = WriterOptions()
            options.grouping = data.below(3) == 0 ? .separate : .automatic
            options.segmentBytes = 1 + data.below(2000)
            for (key, name) in schema.names.enumerated() {
                isCompressed[key].append(data.below(8) == 0)
                if isCompressed[key][number] { options.codecs[name] = [.zlib, .zstd, .lz4][data.below(3)] }
            }
            let own = try Schema(
                (isNew ? names.shuffled(using: &data.random) : names).map { name in
                    try (schema.index(named: name).map { schema[$0] } ?? others[others.index(ofColumn: name)])
                })
            var rows = data.rows(own, data.below(30))
            let path = folder.file("\(number)")
            try write(rows, own, to: path, options: options, rowsPerChunk: 1 + data.below(9))
            for _ in 0..<data.below(3) {
                let more = data.rows(own, 1 + data.below(9))
                try append(more, to: path, segmentBytes: 1 + data.below(500))
                rows = zip(rows, more).map { $0 + $1 }
            }
            datasets.append(try StoredDataset(path: path, verification: verification))
            numbers.append(try schema.names.map { try own.index(ofColumn: $0) })
            for (key, column) in numbers[number].enumerated() { expected[key] += rows[column] }
        }
        let joined = JoinedDatasets(datasets, columns: numbers)
        let keys = schema.indices.filter(joined.canRead)
        for key in schema.indices where Set(isCompressed[key]).count == 1 {
            #expect(keys.contains(key), "\(schema[key])")
        }
        let rowCount = expected.first?.count ?? 0
        guard rowCount > 0, !keys.isEmpty else { return }
        for turn in 0..<16 {
            let wanted = (0..<1 + data.below(keys.count + 1)).map { _ in keys[data.below(keys.count)] }
            let start = data.below(rowCount)
            let isConsecutive = turn % 4 == 0
            let rows =
                isConsecutive
                ? Array(start..<start + data.below(rowCount - start + 1))
                : (0..<data.below(200)).map { _ in data.below(rowCount) }
            let gather = BlockGather(
                joined, wanted.map { ColumnRequest(column: $0) }, batchesOf: rows.count, from: TensorPool())
            let tensors = try gather.batch(of: rows, areConsecutive: isConsecutive)
            for (tensor, key) in zip(tensors, wanted) {
                let (shape, bytes) = gatherModel(rows.map { expected[key][$0] }, schema[key])
                #expect(tensor.shape == shape && tensor.dtype == schema[key].dtype)
                #expect(tensor.withBytes { $0.isEqual(to: bytes) }, "\(schema[key]) rows \(rows)")
            }
        }
    }

    @Test(arguments: [ColumnCodec.plain, .zstd]) func `two columns of one file are the rows of one key`(
        codec: ColumnCodec
    )
        throws
    {
        let schema = try Schema([Field("a", .int32, [nil]), Field("b", .int32, [nil])])
        var data = RandomData(seed: 3)
        let rows = data.rows(schema, 20)
        var options = WriterOptions()
        options.defaultCodec = codec
        try write(rows, schema, to: folder.file("both"), options: options)
        let dataset = try StoredDataset(path: folder.file("both"))
        let joined = JoinedDatasets([dataset, dataset], columns: [[0], [1]])
        let gather = BlockGather(joined, [ColumnRequest(column: 0)], batchesOf: 20, from: TensorPool())
        for numbers in [[5, 25], [39, 19, 19], [5, 25, 5, 0, 20, 19, 39, 6, 26]] {
            let (shape, bytes) = gatherModel(numbers.map { rows[$0 / 20][$0 % 20] }, schema[0])
            let tensor = try gather.batch(of: numbers)[0]
            #expect(tensor.shape == shape && tensor.withBytes { $0.isEqual(to: bytes) }, "\(numbers)")
        }
    }

    @Test func `several batches, with conversions and numbers of later rows`() throws {
        let schema = try Schema([Field("image", .uint8, [9]), Field("label", .int64), Field("text", kind: .string)])
        var data = RandomData(seed: 4)
        let rows = [data.rows(schema, 90), data.rows(schema, 70)]
        var options = WriterOptions()
        options.segmentBytes = 600
        try write(rows[0], schema, to: folder.file("0"), options: options)
        options.grouping = .separate
        try write(
            [rows[1][2], rows[1][1], rows[1][0]], Schema([schema[2], schema[1], schema[0]]), to: folder.file("1"),
            options: options)
        let datasets = try (0..<2).map { try StoredDataset(path: folder.file("\($0)"), verification: .off) }
        let joined = JoinedDatasets(datasets, columns: [[0, 1, 2], [2, 1, 0]])
        let requests = [
            ColumnRequest(column: 1), ColumnRequest(column: 2),
            ColumnRequest(column: 0, conversion: Conversion(from: .uint8, to: .float32)),
        ]
        let gather = BlockGather(joined, requests, batchesOf: 16, from: TensorPool())
        for isConsecutive in [false, true] {
            var scratch = BatchScratch()
            let numbers = (0..<160).map { isConsecutive ? $0 : $0 * 37 % 160 }
            scratch.rows = numbers
            var found: [[Tensor]] = []
            let outcome = try gather.batches(
                &scratch, count: 150, areConsecutive: isConsecutive, isCheckedMeanwhile: false
            ) { found.append($0) }
            #expect(outcome == .made && found.count == 10)
            for (batch, tensors) in found.enumerated() {
                let own = numbers[batch * 16..<min(batch * 16 + 16, 150)]
                func values(_ key: Int) -> [StoredValue] {
                    own.map { $0 < 90 ? rows[0][key][$0] : rows[1][key][$0 - 90] }
                }
                for (place, key) in [(0, 1), (1, 2)] {
                    let (shape, bytes) = gatherModel(values(key), schema[key])
                    #expect(tensors[place].shape == shape && tensors[place].withBytes { $0.isEqual(to: bytes) })
                }
                #expect(try tensors[2].elements(as: Float.self) == values(0).flatMap { $0.bytes.map { Float($0) } })
            }
        }
    }

    @Test func `a damaged block is found where it lies in its own file`() throws {
        let schema = try Schema([Field("image", .uint8, [64]), Field("tokens", .uint8, [nil])])
        var data = RandomData(seed: 5)
        let rows = data.rows(schema, 4000)
        var options = WriterOptions()
        options.checksumBlockExponent = 12
        try write(rows, schema, to: folder.file("0"), options: options)
        try write([rows[1], rows[0]], Schema([schema[1], schema[0]]), to: folder.file("1"), options: options)
        for key in schema.indices {
            let good = try bytes(ofFile: folder.file("1"))
            // The first values of the column are found by their bytes.
            let first = rows[key][..<30].flatMap(\.bytes)
            let place = try #require(good.indices.first { good[$0...].starts(with: first) })
            var bad = good
            bad[place] ^= 1
            try write(bad, toFile: folder.file("1"))
            defer { try? write(good, toFile: folder.file("1")) }
            for isConsecutive in [false, true] {
                let datasets = try (0..<2).map {
                    try StoredDataset(path: folder.file("\($0)"), verification: .onFirstTouch)
                }
                let joined = JoinedDatasets(datasets, columns: [[0, 1], [1, 0]])
                let gather = BlockGather(joined, [ColumnRequest(column: key)], batchesOf: 20, from: TensorPool())
                #expect(throws: Never.self) { try gather.batch(of: Array(0..<20), areConsecutive: isConsecutive) }
                #expect(throws: ColonnadeError.self) {
                    try gather.batch(of: Array(4000..<4020), areConsecutive: isConsecutive)
                }
                let other = BlockGather(joined, [ColumnRequest(column: 1 - key)], batchesOf: 20, from: TensorPool())
                #expect(throws: Never.self) { try other.batch(of: Array(4000..<4020), areConsecutive: isConsecutive) }
            }
        }
    }
}
