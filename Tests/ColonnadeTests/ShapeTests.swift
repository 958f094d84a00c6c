// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Testing

@Suite struct ShapeTests {
    /// Returns five samples with `m`, uint8[2, 3].
    private func matrices() throws -> Buffer {
        try Buffer(columns: ["m": Tensor((0..<30).map { UInt8($0) }, shape: [5, 2, 3])])
    }

    private func fields(_ buffer: Buffer) -> [String] { buffer.schema.map(\.description) }

    @Test func `values are reshaped`() async throws {
        for (wanted, shape) in [([6], [6]), ([-1], [6]), ([3, -1], [3, 2]), ([1, 6, 1], [1, 6, 1])] {
            let buffer = try matrices().reshaped("m", to: wanted)
            #expect(buffer.schema[0].fixedShape == shape)
            #expect(try buffer[1]["m"] == Tensor((6..<12).map { UInt8($0) }, shape: shape))
            try await checkTransform(buffer)
        }
        let batch = try matrices().batched(by: 5, droppingLast: true).reshaped("m", to: [-1, 3])[0]["m"]
        #expect(batch.shape == [10, 3])
        let ragged = try tokens([4, 0, 6]).reshaped("tokens", to: [-1, 2])
        #expect(fields(ragged)[0] == "tokens int32[?, 2]")
        #expect(try ragged[2]["tokens"].shape == [3, 2])
        try await checkTransform(ragged)
        let error = #expect(throws: ColonnadeError.self) { try tokens([4, 3]).reshaped("tokens", to: [-1, 2])[1] }
        #expect(error?.code == .invalidArgument && error?.place == .sample(row: 1, key: "tokens"))
        for wrong in [[4], [-1, 4], [-1, -1], [-2], [.min], [.max, .max], [0, -1], [7, -1], []] as [[Int]] {
            expectError(.invalidArgument, "shape") { _ = try matrices().reshaped("m", to: wrong) }
        }
        // The shape of a ragged value is known only when it is read.
        for wrong in [[.max, .max], [.max, 2], [.max]] as [[Int]] {
            expectError(.invalidArgument) {
                _ = try samples(of: tokens([4, 3]).reshaped("tokens", to: wrong).batched(by: 2).stream().prefetched())
            }
        }
    }

    @Test func `dimensions of one are squeezed away`() async throws {
        let buffer = try matrices().reshaped("m", to: [1, 2, 1, 3])
        #expect(try buffer.squeezed("m")[0]["m"].shape == [2, 3])
        #expect(try buffer.squeezed("m", dimensions: [-2])[0]["m"].shape == [1, 2, 3])
        #expect(try buffer.squeezed("m", dimensions: [0, 2])[0]["m"].shape == [2, 3])
        try await checkTransform(try buffer.squeezed("m"))
        // Dimensions that are 1 only by chance are kept: the dimension of a short last batch, and that of ragged rows.
        let batches = try buffer.batched(by: 4).squeezed("m")
        #expect(try batches[1]["m"].shape == [1, 2, 3])
        try await checkTransform(batches.stream())
        let ragged = try tokens([1, 2]).reshaped("tokens", to: [-1, 1]).squeezed("tokens")
        #expect(try ragged[0]["tokens"].shape == [1])
        try await checkTransform(ragged)
        expectError(.invalidArgument, "only 1") { _ = try buffer.squeezed("m", dimensions: [1]) }
        expectError(.invalidArgument, "varying") { _ = try tokens([1, 2]).squeezed("tokens", dimensions: [0]) }
        for dimension in [4, -5, .min, .max] {
            expectError(.invalidArgument, "out of range") { _ = try buffer.squeezed("m", dimensions: [dimension]) }
        }
        expectError(.invalidArgument, "twice") { _ = try buffer.squeezed("m", dimensions: [0, 0]) }
        expectError(.invalidArgument, "twice") { _ = try buffer.squeezed("m", dimensions: [0, -4]) }
        expectError(.invalidArgument, "twice") {
            _ = try counting(1).reshaped("x", to: [1]).squeezed("x", dimensions: [0, 0])
        }
    }

    @Test func `a first dimension is split in two`() async throws {
        let buffer = try matrices().split("m", into: 2)
        #expect(try buffer[0]["m"] == Tensor((0..<6).map { UInt8($0) }, shape: [2, 1, 3]))
        #expect(fields(buffer) == ["m uint8[2, 1, 3]"])
        #expect(try counting(2).split("x", into: 3)[1]["x"].shape == [])
        #expect(try matrices().batched(by: 4).split("m", into: 2)[0]["m"].shape == [2, 2, 2, 3])
        let ragged = try tokens([4, 0]).split("tokens", into: 2)
        #expect(fields(ragged)[0] == "tokens int32[2, ?]")
        try await checkTransform(buffer)
        try await checkTransform(ragged)
        expectError(.invalidArgument, "does not divide") { _ = try matrices().split("m", into: 3) }
        expectError(.invalidArgument, "does not divide") { _ = try tokens([4, 3]).split("tokens", into: 2)[1] }
        for count in [0, -1, .min] {
            expectError(.invalidArgument, "at least 1") { _ = try buffer.split("m", into: count) }
        }
        expectError(.invalidArgument, "does not divide") { _ = try matrices().split("m", into: .max) }
    }

    @Test func `shapes are values too`() async throws {
        let buffer = try tokens([2, 0, 5]).shape(of: "tokens", as: "shape").shape(
            of: "tokens", as: "length", dimension: -1)
        #expect(fields(buffer)[2...] == ["shape int64[1]", "length int64[]"])
        #expect(try scalars(buffer, "length") == [2, 0, 5])
        #expect(try numbers(buffer, "shape") == [[2], [0], [5]])
        // Before `batched`, the shape is that of the sample; after it, that of the batch.
        #expect(try numbers(buffer.batched(by: 3), "length") == [[2, 0, 5]])
        #expect(try numbers(tokens([2, 5]).batched(by: 2).shape(of: "tokens", as: "s"), "s") == [[2, 5]])
        #expect(try numbers(matrices().shape(of: "m", as: "s").batched(by: 2), "s")[0] == [2, 3, 2, 3])
        try await checkTransform(buffer)
        for dimension in [1, -2, .min, .max] {
            expectError(.invalidArgument, "is out of range") {
                _ = try buffer.shape(of: "tokens", as: "s", dimension: dimension)
            }
        }
    }

    @Test func `parts are sliced out`() async throws {
        let buffer = try matrices().sliced("m", [-1: 1..<3, 0: 1..<2])
        #expect(fields(buffer) == ["m uint8[1, 2]"])
        #expect(try numbers(buffer, "m")[...1] == [[4, 5], [10, 11]])
        #expect(try numbers(matrices().sliced("m", [1: 2..<100]), "m")[0] == [2, 5])
        #expect(try numbers(matrices().sliced("m", [1: 2..<(.max)]), "m")[0] == [2, 5])
        #expect(try matrices().sliced("m", [0: 2..<2])[0]["m"].shape == [0, 3])
        let copy = try matrices().sliced("m", [0: 0..<1], as: "first")
        #expect(fields(copy) == ["m uint8[2, 3]", "first uint8[1, 3]"])
        // The operation can also be applied to batches.
        #expect(try numbers(matrices().batched(by: 5).sliced("m", [0: 1..<3, 1: 0..<1, 2: 0..<1]), "m") == [[6, 12]])
        let ragged = try tokens([4, 1]).sliced("tokens", [0: 1..<3])
        #expect(try numbers(ragged, "tokens") == [[1, 2], []])
        for buffer in [buffer, copy, ragged] { try await checkTransform(buffer) }
        let error = #expect(throws: ColonnadeError.self) { try tokens([4, 1]).sliced("tokens", [0: 2..<3])[1] }
        #expect(error?.place == .sample(row: 1, key: "tokens"))
        expectError(.invalidArgument, "from 3") { _ = try matrices().sliced("m", [0: 3..<4]) }
        expectError(.invalidArgument, "twice") { _ = try matrices().sliced("m", [0: 0..<1, -2: 0..<1]) }
        for range in [-1..<2, .min..<(.max)] {
            expectError(.invalidArgument, "cannot be sliced") { _ = try matrices().sliced("m", [0: range]) }
        }
        for dimension in [2, -3, .min, .max] {
            expectError(.invalidArgument, "is out of range") { _ = try matrices().sliced("m", [dimension: 0..<1]) }
            expectError(.invalidArgument, "is out of range") {
                _ = try matrices().randomlySliced("m", sizes: [dimension: 1])
            }
        }
    }

    @Test func `random parts depend on seed, epoch and row, and on nothing else`() async throws {
        let wide = try Buffer(columns: ["v": Tensor((0..<4000).map { Int32($0 % 100) }, shape: [40, 100])])
        func starts(_ buffer: Buffer, seed: UInt64 = 1, epoch: Int = 0) throws -> [Int] {
            try numbers(buffer.randomlySliced("v", sizes: [0: 10], seed: seed).stream().epoch(epoch), "v").map { $0[0] }
        }
        let first = try starts(wide)
        #expect(
            try numbers(wide.randomlySliced("v", sizes: [0: 10], seed: 1), "v").allSatisfy {
                $0 == Array($0[0]..<$0[0] + 10)
            })
        #expect(Set(first).count > 20 && first.allSatisfy { (0...90).contains($0) })
        #expect(try starts(wide, seed: 2) != first)
        #expect(try starts(wide, epoch: 1) != first)
        // The crop of a row depends neither on its index nor on its batch.
        let order = IndexPermutation(count: 40, seed: 3, epoch: 0)
        #expect(try starts(wide.shuffled(seed: 3)) == (0..<40).map { first[order[$0]] })
        #expect(try starts(wide.reordered(by: [7, 7, 2])) == [first[7], first[7], first[2]])
        let batches = try wide.randomlySliced("v", sizes: [0: 10], seed: 1).batched(by: 7)
        #expect(
            try numbers(batches, "v").flatMap { $0 }.enumerated().filter { $0.offset % 10 == 0 }.map(\.element) == first
        )
        let windowed = try wide.stream().shuffled(window: 9, seed: 1).randomlySliced("v", sizes: [0: 10], seed: 1)
        #expect(try numbers(windowed, "v").map { $0[0] }.sorted() == first.sorted())
        let filtered = try wide.stream().filter { _ in true }.randomlySliced("v", sizes: [0: 10], seed: 1)
        #expect(try numbers(filtered, "v").map { $0[0] } == first)
        // Samples that threads make for a later stage keep their rows.
        let ahead = try wide.stream().prefetched(depth: 5, threads: 2).filter { _ in true }
        #expect(try numbers(ahead.randomlySliced("v", sizes: [0: 10], seed: 1), "v").map { $0[0] } == first)
        try await checkTransform(try wide.prefix(9).randomlySliced("v", sizes: [-1: 3]))
        let ragged = try tokens([5, 0, 9, 2]).randomlySliced("tokens", sizes: [0: 4], as: "part")
        #expect(try numbers(ragged, "part").map(\.count) == [4, 0, 4, 2])
        try await checkTransform(ragged)
        #expect(try wide.randomlySliced("v", sizes: [0: .max])[0]["v"].shape == [100])
        expectError(.invalidArgument, "twice") { _ = try wide.randomlySliced("v", sizes: [0: 1, -1: 1]) }
        for size in [-1, .min] {
            expectError(.invalidArgument, "elements") { _ = try wide.randomlySliced("v", sizes: [0: size]) }
        }
    }
}
