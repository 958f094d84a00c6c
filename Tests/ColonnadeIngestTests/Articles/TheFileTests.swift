// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Testing

/// The code of the article "The file", which `Tests/Articles` compares with this file.
@Suite struct TheFileTests {
    private func write(_ path: String) throws {
        let schema = try Schema([Field("x", .float32), Field("y", .float32, [64])])
        var writer = try DatasetWriter(creating: path, schema: schema)
        for row in 0..<10 {
            let values = [Float](repeating: Float(row), count: 64)
            try writer.append(Sample(schema: schema, tensors: [Tensor(scalar: Float(row)), Tensor(values)]))
        }
        try writer.finish()
    }

    @Test func `what a file holds`() throws {
        let scratch = try Scratch()
        let path = scratch.path("points.colonnade")
        try write(path)

        let dataset = try StoredDataset(path: path)
        print(dataset.rowCount, dataset.byteCount, dataset.schema.map(\.description))
        for (index, field) in dataset.schema.enumerated() {
            let statistics = dataset.statistics(ofColumn: index)
            print(field.name, statistics.min, statistics.max, statistics.mean)
            print(dataset.storage(ofColumn: index).codec.name)
        }
        #expect(dataset.rowCount == 10 && dataset.statistics(ofColumn: 0).mean == 4.5)
        #expect(dataset.storage(ofColumn: 0).group != dataset.storage(ofColumn: 1).group)
    }

    @Test func `damage is an error`() throws {
        let scratch = try Scratch()
        let path = scratch.path("points.colonnade")
        try write(path)

        let checked = try Buffer(at: path, verification: .full)
        print(checked.explain())
        #expect(checked.explain().contains("all blocks were checked"))

        let report = try DatasetVerifier.verify(path: path)
        for problem in report.problems { print(problem) }
        #expect(report.problems.isEmpty && report.blockCount > 0)

        let batch = try checked.batched(by: 10)[0]
        let mean = try batch["y"].elements(as: Float.self).reduce(0, +) / 640
        try checked.checkIntact()
        #expect(mean == 4.5)

        // Another byte in the values of "y".
        var bytes = try contents(path)
        let extent = try #require(try StoredDataset(path: path).extents.first { $0.column == "y" })
        bytes[extent.offset + 3] ^= 1
        try scratch.write(bytes, "damaged.colonnade")
        let error = #expect(throws: ColonnadeError.self) { try Buffer(at: scratch.path("damaged.colonnade"))[0] }
        #expect(error?.code == .corruptFile && error?.message.contains("row") == true)
    }
}
