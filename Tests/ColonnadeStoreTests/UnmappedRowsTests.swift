// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore
import ColonnadeStoreTestSupport
import ColonnadeSystem
import Testing

/// Compares the first rows of an open file, which are read without mapping their pages, with rows of the mapping.
@Suite struct UnmappedRowsTests {
    private static let rowCount = 6000
    private let folder: TemporaryFolder
    private let path: String
    /// The file with all of its pages mapped.
    private let mapped: StoredDataset

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("data")
        let schema = try Schema([
            Field("image", .uint8, [784]), Field("vector", .float32, [40]), Field("label", .int64),
        ])
        var options = WriterOptions()
        options.segmentBytes = 1 << 20
        var writer = try DatasetWriter(creating: path, schema: schema, options: options)
        let pattern = (0..<1040).map { UInt8(truncatingIfNeeded: $0) }
        for row in 0..<Self.rowCount {
            let first = row * 31 % 256
            try writer.append(
                Sample(
                    schema: schema,
                    tensors: [
                        Tensor(Array(pattern[first..<first + 784])),
                        Tensor((0..<40).map { Float(row) + Float($0) / 64 }), Tensor(scalar: Int64(row)),
                    ]))
        }
        try writer.finish()
        mapped = try StoredDataset(path: path, verification: .full)
    }

    private let requests = [
        ColumnRequest(column: 0), ColumnRequest(column: 2), ColumnRequest(column: 1),
        ColumnRequest(column: 0, conversion: Conversion(from: .uint8, to: .float32, scales: [1 / 255])),
    ]

    private func gather(_ rows: [Int], from dataset: StoredDataset) throws -> [[UInt8]] {
        let batch = try BlockGather(dataset, requests, batchesOf: rows.count, from: TensorPool()).batch(of: rows)
        return batch.map { unsafe $0.withUnsafeBytes { unsafe Array($0) } }
    }

    private func rows(_ count: Int, _ data: inout RandomData) -> [Int] {
        (0..<count).map { _ in data.below(Self.rowCount) }
    }

    @Test(arguments: [1, 2, 13, 60]) func `rows have the same bytes before and after their pages are mapped`(
        count: Int
    ) throws {
        var data = RandomData(seed: UInt64(count))
        let dataset = try StoredDataset(path: path, verification: .off)
        for _ in 0..<2500 / count {
            let rows = rows(count, &data)
            let batch = try gather(rows, from: dataset)
            #expect(try batch == gather(rows, from: mapped))
            #expect(batch[0][0] == UInt8(truncatingIfNeeded: rows[0] &* 31))
        }
    }

    #if DEBUG
        /// Opens the file so that its rows can be read one by one. Only some files of a process stay open for that, and
        /// tests that run meanwhile may have opened as many: then the function waits for them.
        private func open() async throws -> StoredDataset {
            while true {
                let dataset = try StoredDataset(path: path, verification: .off)
                let counter = FaultInjection(failing: .max, with: 0)
                _ = try FaultInjection.$current.withValue(counter) { try gather([0], from: dataset) }
                if counter.calls > 0 { return dataset }
                try await Task.sleep(for: .milliseconds(10))
            }
        }

        @Test(.timeLimit(.minutes(15))) func `only the first rows are read one by one`() async throws {
            var data = RandomData(seed: 1)
            let dataset = try await open()
            let counter = FaultInjection(failing: .max, with: 0)
            func calls(_ dataset: StoredDataset) throws -> Int {
                let before = counter.calls
                _ = try FaultInjection.$current.withValue(counter) { try gather(rows(50, &data), from: dataset) }
                return counter.calls - before
            }
            #expect(try calls(dataset) >= 50)
            for _ in 0..<40 { _ = try calls(dataset) }
            #expect(try calls(dataset) == 0)
            #expect(try calls(mapped) == 0)
        }

        @Test(.timeLimit(.minutes(15)), arguments: [0, 1, 49, 60])
        func `rows that cannot be read in this way are read from the mapping`(failing: Int) async throws {
            var data = RandomData(seed: 2)
            let dataset = try await open()
            let rows = rows(50, &data)
            // EIO
            let fault = FaultInjection(failing: failing, with: 5, persistent: true)
            let batch = try FaultInjection.$current.withValue(fault) { try gather(rows, from: dataset) }
            #expect(fault.failed == (failing == 0 ? "fstat" : "pread"))
            #expect(try batch == gather(rows, from: mapped))
        }
    #endif

    @Test(arguments: [16, 50, 64]) func `a block of several batches has the rows of each`(size: Int) throws {
        var data = RandomData(seed: 3)
        let dataset = try StoredDataset(path: path)
        let gather = BlockGather(dataset, requests, batchesOf: size, from: TensorPool())
        var scratch = BatchScratch()
        scratch.rows = rows(71, &data)
        var batches: [[Tensor]] = []
        let outcome = try gather.batches(&scratch, count: 70, areConsecutive: false, isCheckedMeanwhile: true) {
            batches.append($0)
        }
        guard case .made = outcome else {
            Issue.record("\(outcome)")
            return
        }
        for (index, batch) in batches.enumerated() {
            let rows = Array(scratch.rows[index * size..<min((index + 1) * size, 70)])
            let bytes = batch.map { unsafe $0.withUnsafeBytes { unsafe Array($0) } }
            #expect(try bytes == self.gather(rows, from: mapped))
        }
        #expect(batches.count == (70 + size - 1) / size)
    }

    @Test func `more files than stay open can be read`() throws {
        var data = RandomData(seed: 4)
        let rows = rows(20, &data)
        let expected = try gather(rows, from: mapped)
        let datasets = try (0..<200).map { _ in try StoredDataset(path: path, verification: .off) }
        for dataset in datasets { #expect(try gather(rows, from: dataset) == expected) }
    }
}
