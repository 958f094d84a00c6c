// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Testing

@Suite struct SourceKindTests {
    @Test(arguments: TestSource.allCases) func `rows are read as they were given`(source: TestSource) throws {
        let rows = try TestRows.all(29)
        let (buffer, file) = try source.open(rows)
        #expect(buffer.count == 29)
        #expect(buffer.schema.names == rows[0].keys)
        for (index, row) in rows.enumerated() {
            let sample = try buffer[index]
            for (key, tensor) in zip(row.keys, row.tensors) {
                #expect(try sample.tensor(key) == tensor, "row \(index), \(key)")
            }
        }
        withExtendedLifetime(file) {}
    }

    @Test(arguments: TestSource.allCases) func `batches are the rows stacked`(source: TestSource) async throws {
        let (buffer, file) = try source.open(try TestRows.all(23))
        try await checkTransform(buffer, padding: ["tokens": 7, "grid": 0.5, "points": -1, "text": 32])
        withExtendedLifetime(file) {}
    }

    @Test(arguments: TestSource.allCases) func `passes resume anywhere`(source: TestSource) throws {
        let (buffer, file) = try source.open(try TestRows.all(11))
        try checkResumable(buffer.shuffled(seed: 3).stream())
        try checkResumable(try buffer.shuffled(seed: 3).batched(by: 2).stream())
        withExtendedLifetime(file) {}
    }

    @Test func `columns in memory are shared, and their batches are views`() async throws {
        let values = Tensor((0..<40).map { Float($0) }, shape: [10, 4])
        let buffer = try Buffer(columns: ["v": values, "id": Tensor((0..<10).map { Int64($0) })])
        #expect(buffer.count == 10)
        #expect(buffer.schema.map(\.description) == ["v float32[4]", "id int64[]"])
        #expect(try buffer[3]["v"].elements(as: Float.self) == [12, 13, 14, 15])
        let batch = try buffer.batched(by: 4)[1]["v"]
        let addresses = [batch, values[4]].map {
            unsafe UInt(bitPattern: $0.withUnsafeBytes { $0.baseAddress })
        }
        #expect(addresses[0] == addresses[1])
        try await checkTransform(buffer)
        try checkResumable(try buffer.shuffled(seed: 1).batched(by: 3).stream())
    }

    @Test func `samples in memory have varying dimensions where they differ`() throws {
        #expect(try tokens([2, 2]).schema[0].shape == [2])
        #expect(try tokens([2, 1]).schema[0].shape == [nil])
        let (short, other) = (try tokens([1])[0], try counting(1)[0])
        expectError(.invalidArgument, "keys") { _ = try Buffer([short, other]) }
        let schema = try Schema([Field("x", .int64, [nil]), Field("y", .int8)])
        let rows = [Tensor([Int64(1)]), Tensor(scalar: Int64(1)), Tensor([Int32(1)])].map {
            Sample(schema: schema, tensors: [$0, Tensor(scalar: Int8(0))])
        }
        for wrong in [1, 2] {
            let error = #expect(throws: ColonnadeError.self) { try Buffer([rows[0], rows[wrong]]) }
            #expect(error?.place == .sample(row: 1, key: "x"))
        }
        expectError(.invalidArgument, "same length") {
            _ = try Buffer(columns: ["a": Tensor([Int8(1), 2]), "b": Tensor([Int8(1)])])
        }
        expectError(.invalidArgument, "same length") { _ = try Buffer(columns: ["a": Tensor(scalar: Int8(1))]) }
        expectError(.invalidArgument, "twice") {
            _ = try Buffer(columns: ["a": Tensor([Int8(1)]), "a": Tensor([Int8(1)])])
        }
        #expect(try Buffer([Sample]()).count == 0)
    }

    @Test func `appended buffers follow one another, and differing dimensions vary`() async throws {
        let both = try tokens([2, 2, 2]).appending(tokens([3, 0]).selecting(["id", "tokens"]))
        #expect(both.schema[0].shape == [nil])
        #expect(try numbers(both, "tokens") == [[0, 1], [100, 101], [200, 201], [0, 1, 2], []])
        let batch = try both.batched(by: 4, padding: ["tokens": -1])[0]
        #expect(try numbers(batch["tokens"]) == [0, 1, -1, 100, 101, -1, 200, 201, -1, 0, 1, 2])
        try await checkTransform(both, padding: ["tokens": 9])
        let shuffled = try tokens([1, 2, 3]).shuffled(seed: 1).appending(tokens([4, 5]).shuffled(seed: 2))
        try checkResumable(try shuffled.shuffled(seed: 8).batched(by: 2).stream())
        let epochs = try (0..<20).map { try scalars(shuffled.stream().epoch($0), "id") }
        #expect(epochs.allSatisfy { Set($0[..<3]) == [0, 1, 2] && Set($0[3...]) == [0, 1] })
        #expect(Set(epochs).count > 3)
    }

    @Test func `zipped buffers have the keys of both and the length of the shorter`() async throws {
        let zipped = try tokens([1, 2, 3, 4]).zipped(with: counting(3, from: 7))
        #expect(zipped.count == 3)
        #expect(zipped.schema.names == ["tokens", "id", "x"])
        #expect(try scalars(zipped, "x") == [7, 8, 9])
        #expect(try scalars(zipped, "id") == [0, 1, 2])
        try await checkTransform(zipped)
        try checkResumable(try zipped.shuffled(seed: 4).batched(by: 2).stream())
        let streams = try tokens([1, 2, 3, 4]).stream().zipped(with: counting(3).stream())
        #expect(streams.count == 3)
        try await checkTransform(streams)
        try checkResumable(streams)
        let stages = try tokens([1, 2, 3, 4]).stream().filter { _ in true }.zipped(with: counting(9).stream())
        #expect(try scalars(stages, "x") == [0, 1, 2, 3])
        try checkResumable(stages)
    }
}
