// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeIngest
import Testing

/// The code of the article "Writing data sets", which `Tests/Articles` compares with this file.
@Suite struct WritingTests {
    @Test func `row by row`() throws {
        let scratch = try Scratch()
        let path = scratch.path("pets.colonnade")

        let schema = try Schema([
            Field("image", .uint8, [2, 2, 3]),
            Field("kind", .int8, meaning: .classLabels(["cat", "dog"])),
            Field("tokens", .int32, [nil]),
            Field("caption", kind: .string),
        ])

        var options = WriterOptions()
        options.replacing = true
        options.codecs = ["tokens": .lz4, "caption": try ColumnCodec(.zstd, level: 9)]
        options.metadata = ["origin": "made up"]

        var writer = try DatasetWriter(creating: path, schema: schema, options: options)
        for row in 0..<100 {
            try writer.append(
                Sample(
                    schema: schema,
                    tensors: [
                        Tensor([UInt8](repeating: UInt8(row), count: 12), shape: [2, 2, 3]),
                        Tensor(scalar: Int8(row % 2)),
                        Tensor((0..<row % 4).map { Int32($0) }),
                        Tensor(utf8: "pet \(row)"),
                    ]))
        }
        let summary = try writer.finish()
        print("\(summary.rowCount) rows, \(summary.byteCount) bytes")
        #expect(summary.rowCount == 100)
        let dataset = try StoredDataset(path: path)
        #expect(dataset.schema == schema && dataset.metadata.map(\.value) == ["made up"])
        #expect(try Buffer(dataset)[7]["caption"].string() == "pet 7")

        var more = try DatasetWriter(appendingTo: path)
        try more.append(try Buffer(at: path)[0])
        try more.finish()
        #expect(try Buffer(at: path).count == 101)
    }

    @Test func `from files`() throws {
        let scratch = try Scratch()
        let table = try scratch.write(Array("name,weight\nAda,3.5\nBob,\n".utf8), "pets.csv")
        let path = scratch.path("pets.colonnade")

        var options = IngestOptions()
        options.types = ["weight": RequestedType(.float32)]
        options.fills = ["weight": "nan"]
        options.text.masks = true

        let ingestor = try Ingestor(paths: [table], options: options)
        for reason in ingestor.plan.reasons { print(reason) }
        _ = try ingestor.write(to: path) { rows, bytes in
            print("\(rows) rows, \(bytes) bytes")
            return true
        }
        let buffer = try Buffer(at: path)
        #expect(buffer.schema.names == ["name", "weight", "weight.valid"])
        #expect(try buffer[1]["weight"].item(as: Float.self).isNaN)
        #expect(try buffer[1]["weight.valid"].item(as: Bool.self) == false)
    }
}
