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
}
