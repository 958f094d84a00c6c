// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Testing

@Suite struct ReplaceTests {
    private func texts(_ texts: [String]) throws -> Buffer {
        let schema = try Schema([Field("t", kind: .string)])
        return try Buffer(texts.map { Sample(schema: schema, tensors: [Tensor(utf8: $0)]) })
    }

    private func strings(_ buffer: Buffer, _ key: String = "t") throws -> [String] {
        try (0..<buffer.count).map { try buffer[$0].tensor(key).string() }
    }

    private func matrix() throws -> Buffer {
        try Buffer(columns: ["m": Tensor((1...8).map { Int16($0) }, shape: [2, 2, 2])])
    }

    @Test func `values are padded by a number, to a size, and to a multiple`() async throws {
        let by = try matrix().padded("m", dimension: 0, before: 1, after: 2, value: -1)
        #expect(by.schema[0].shape == [5, 2])
        #expect(try numbers(by, "m") == [[-1, -1, 1, 2, 3, 4, -1, -1, -1, -1], [-1, -1, 5, 6, 7, 8, -1, -1, -1, -1]])
        let inner = try matrix().padded("m", dimension: -1, before: 1, as: "wide")
        #expect(try numbers(inner, "wide")[0] == [0, 1, 2, 0, 3, 4])
        #expect(try numbers(inner, "m")[0] == [1, 2, 3, 4])
        let size = try matrix().padded("m", dimension: 1, toSize: 3, value: 9)
        #expect(try numbers(size, "m")[1] == [5, 6, 9, 7, 8, 9])
        #expect(try numbers(matrix().padded("m", dimension: 1, toSize: 1), "m")[0] == [1, 2, 3, 4])
        let multiple = try matrix().padded("m", dimension: 0, toMultipleOf: 3)
        #expect(try numbers(multiple, "m")[0] == [1, 2, 3, 4, 0, 0])
        let ragged = try tokens([3, 0, 1]).padded("tokens", dimension: 0, toMultipleOf: 2, value: 7)
        #expect(try numbers(ragged, "tokens") == [[0, 1, 2, 7], [], [200, 7]])
        let raggedSize = try tokens([3, 0, 1]).padded("tokens", dimension: 0, toSize: 2, value: 7)
        #expect(try numbers(raggedSize, "tokens") == [[0, 1, 2], [7, 7], [200, 7]])
        for buffer in [by, inner, size, multiple, ragged, raggedSize] { try await checkTransform(buffer) }
        let batches = try matrix().batched(by: 2).padded("m", dimension: 0, after: 1).padded(
            "m", dimension: 2, toSize: 3)
        #expect(try numbers(batches, "m")[0] == [1, 2, 0, 3, 4, 0, 5, 6, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0])
        let nothing = try Buffer(columns: ["v": Tensor([Float(1)], shape: [1, 1])]).padded(
            "v", dimension: 0, after: 1, value: .nan)
        #expect(try nothing[0]["v"].elements(as: Float.self)[1].isNaN)
    }

    @Test func `impossible padding is refused`() throws {
        for wrong in [-1, .min] {
            expectError(.invalidArgument, "cannot be padded") {
                _ = try matrix().padded("m", dimension: 0, before: wrong)
            }
            expectError(.invalidArgument, "cannot be padded") {
                _ = try matrix().padded("m", dimension: 0, after: wrong)
            }
            expectError(.invalidArgument, "cannot be padded") {
                _ = try matrix().padded("m", dimension: 0, toSize: wrong)
            }
            expectError(.invalidArgument, "cannot be padded") {
                _ = try matrix().padded("m", dimension: 0, toMultipleOf: wrong)
            }
        }
        expectError(.invalidArgument) { _ = try matrix().padded("m", dimension: 0, toMultipleOf: 0) }
        for value in [Double.nan, .infinity, -1.9, 32768] {
            expectError(.invalidArgument, "\(DType.text(of: value))") {
                _ = try matrix().padded("m", dimension: 0, after: 1, value: value)
            }
            expectError(.invalidArgument, "int16") { _ = try matrix().batched(by: 2, padding: ["m": value]) }
        }
        expectError(.invalidArgument, "memory") {
            _ = try matrix().padded("m", dimension: 0, before: .max, after: .max)
        }
        expectError(.invalidArgument, "memory") { _ = try matrix().padded("m", dimension: 0, toSize: .max) }
        expectError(.invalidArgument, "memory") { _ = try matrix().padded("m", dimension: 0, toMultipleOf: .max) }
        expectError(.invalidArgument) { _ = try tokens([1, 2]).padded("tokens", dimension: 0, toMultipleOf: .max)[0] }
        expectError(.invalidArgument) { _ = try tokens([1, 2]).padded("tokens", dimension: 0, toSize: 1 << 36)[0] }
        expectError(.invalidArgument) { _ = try matrix().padded("m", dimension: 1, toSize: 1 << 36)[0] }
        for dimension in [2, -3, .min, .max] {
            expectError(.invalidArgument, "is out of range") {
                _ = try matrix().padded("m", dimension: dimension, after: 1)
            }
        }
        expectError(.unknownKey) { _ = try matrix().padded("n", dimension: 0, after: 1) }
    }

    @Test func `bytes are replaced from left to right`() async throws {
        let buffer = try texts(["aXXXb", "", "XX", "X"])
        let all = try buffer.replacing("t", Array("XX".utf8), with: Array("-".utf8))
        #expect(try strings(all) == ["a-Xb", "", "-", "X"])
        #expect(try strings(buffer.replacing("t", Array("X".utf8), with: [], as: "u"), "u") == ["ab", "", "", ""])
        #expect(
            try strings(buffer.replacing("t", Array("X".utf8), with: Array("yy".utf8), maxReplacements: 2)) == [
                "ayyyyXb", "", "yyyy", "yy",
            ])
        #expect(
            try strings(buffer.replacing("t", Array("X".utf8), with: Array("y".utf8), maxReplacements: 0))
                == strings(buffer))
        try await checkTransform(all)
        let bytes = try tokens([2]).cast("tokens", to: .int8).replacing("tokens", [1], with: [2, 3])
        #expect(bytes.schema[0].description == "tokens int8[?]")
        #expect(try numbers(bytes, "tokens") == [[0, 2, 3]])
        expectError(.invalidArgument, "at least one") { _ = try buffer.replacing("t", [], with: [1]) }
        for most in [-1, .min] {
            expectError(.invalidArgument, "at least 0") {
                _ = try buffer.replacing("t", [1], with: [], maxReplacements: most)
            }
        }
        expectError(.invalidArgument, "only bytes") { _ = try tokens([1]).replacing("tokens", [1], with: []) }
    }

    @Test func `each byte is replaced by other bytes`() async throws {
        var map = (0...255).map { [UInt8($0)] }
        map[Int(UInt8(ascii: "a"))] = [1, 2]
        map[Int(UInt8(ascii: "b"))] = []
        let buffer = try texts(["abc", "", "bb"]).replacingBytes("t", map)
        #expect(buffer.schema[0].description == "t string")
        #expect(try numbers(buffer, "t") == [[1, 2, 99], [], []])
        #expect(try numbers(texts(["abc"]).replacingBytes("t", Array(map[..<98]), as: "u"), "u") == [[1, 2]])
        // The bytes of elements of any type, the lowest byte first.
        let low = try counting(1, from: 258).replacingBytes("x", [[], [10], [20]])
        #expect(try numbers(low, "x") == [[20, 10]])
        try await checkTransform(buffer)
        expectError(.invalidArgument, "256") {
            _ = try texts(["a"]).replacingBytes("t", map + [[1]])
        }
    }

    @Test func `a value is removed within the length of its row`() async throws {
        let buffer = try Buffer(columns: [
            "v": Tensor([7, 0, 7, 1, 7, 7, 2, 0, 0, 7, 7, 7].map { Int32($0) }, shape: [3, 4]),
            "n": Tensor([Int64(4), 3, 0]),
        ])
        let removed = try buffer.removingValue("v", sizeKey: "n", value: 7, padding: -1)
        #expect(try numbers(removed, "v") == [[0, 1, -1, -1], [2, -1, -1, -1], [-1, -1, -1, -1]])
        #expect(try scalars(removed, "n") == [2, 1, 0])
        #expect(
            try numbers(buffer.batched(by: 3).removingValue("v", sizeKey: "n", value: 7), "v") == [
                [0, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]
            ])
        // With the first dimension, each column is one line.
        let columns = try Buffer(columns: [
            "v": Tensor([Int8(7), 1, 2, 7, 3, 4], shape: [1, 3, 2]), "n": Tensor([Int64(3), 2], shape: [1, 2]),
        ])
        let lines = try columns.removingValue("v", sizeKey: "n", dimension: 0, value: 7)
        #expect(try numbers(lines, "v") == [[2, 1, 3, 0, 0, 0]])
        #expect(try numbers(lines, "n") == [[2, 1]])
        try await checkTransform(removed)
        // A value that no element can have removes nothing.
        for value in [7.5, 1e300, .nan, .infinity] {
            let kept = try buffer.removingValue("v", sizeKey: "n", value: value)
            #expect(try scalars(kept, "n") == [4, 3, 0], "\(value)")
        }
        let zeros = try Buffer(columns: ["v": Tensor([-0.0, 0, 1], shape: [1, 3]), "n": Tensor([Int64(3)])])
        #expect(try scalars(zeros.removingValue("v", sizeKey: "n", value: 0), "n") == [1])
        expectError(.invalidArgument, "int64") { _ = try buffer.removingValue("v", sizeKey: "v", value: 7) }
        expectError(.unknownKey) { _ = try buffer.removingValue("v", sizeKey: "m", value: 7) }
        expectError(.invalidArgument, "is out of range") {
            _ = try buffer.removingValue("v", sizeKey: "n", dimension: 1, value: 7)
        }
        for wrong in [-1, 5] as [Int64] {
            let bad = try buffer.map("n") { _ in Tensor(scalar: wrong) }.removingValue("v", sizeKey: "n", value: 7)
            expectError(.invalidArgument, "4 elements") { _ = try bad[0] }
        }
    }

    @Test func `integers become rows with a 1`() async throws {
        let buffer = try Buffer(columns: ["c": Tensor([UInt8(2), 0, 1])])
        let rows = try buffer.oneHot("c", count: 3, to: .int16)
        #expect(try numbers(rows, "c") == [[0, 0, 1], [1, 0, 0], [0, 1, 0]])
        #expect(try buffer.oneHot("c", count: 3, as: "d")[0]["d"] == Tensor([Float(0), 0, 1]))
        #expect(
            try numbers(buffer.batched(by: 2).oneHot("c", count: 3, to: .bool), "c") == [
                [0, 0, 1, 1, 0, 0], [0, 1, 0],
            ])
        try await checkTransform(rows)
        for dtype in DType.allCases {
            #expect(try reals(buffer.oneHot("c", count: 3, to: dtype)[2]["c"]) == [0, 1, 0])
        }
        let labels = try Schema([Field("c", .uint8, [], meaning: .classLabels(["a", "b", "c", "d"]))])
        let named = try Buffer([Sample(schema: labels, tensors: [Tensor(scalar: UInt8(3))])])
        #expect(try numbers(named.oneHot("c", to: .uint8), "c") == [[0, 0, 0, 1]])
        try await checkTransform(
            try tokens([2, 0]).map("tokens") { Tensor($0.count == 0 ? [] : [Int32(1), 0]) }.oneHot("tokens", count: 2))
        for count in [0, -1, .min, .max] {
            expectError(.invalidArgument, "classes") { _ = try buffer.oneHot("c", count: count) }
        }
        expectError(.invalidArgument, "no class names") { _ = try buffer.oneHot("c") }
        expectError(.invalidArgument, "only integers") { _ = try texts(["a"]).oneHot("t", count: 3) }
        for few in [try buffer.oneHot("c", count: 2), try buffer.map("c") { $0 }.oneHot("c", count: 2)] {
            for batches in [few, try few.batched(by: 3), try few.shuffled(seed: 1).batched(by: 3)] {
                let error = #expect(throws: ColonnadeError.self) { try samples(of: batches.stream()) }
                #expect(error?.code == .invalidArgument && error?.place == .sample(row: 0, key: "c"))
            }
        }
        expectError(.invalidArgument, "3 classes") {
            _ = try counting(1, from: -1).oneHot("x", count: 3)[0]
        }
    }

    @Test func `an error of a batch names the row that has the wrong number`() throws {
        let columns = try Buffer(columns: ["c": Tensor([UInt8(0), 1, 1, 0, 1, 0, 5, 1, 0, 1, 6, 1], shape: [6, 2])])
        for (buffer, row) in [(columns, 3), (try columns.dropFirst(4), 5), (try columns.reordered(by: [5, 3]), 5)] {
            let labels = try buffer.oneHot("c", count: 2)
            for batches in [labels, try labels.batched(by: 2), try labels.batched(by: 6)] {
                let error = #expect(throws: ColonnadeError.self) { try samples(of: batches.stream()) }
                #expect(error?.place == .sample(row: row, key: "c"))
                #expect(error?.message.contains("out of range for 2 classes") == true)
            }
        }
    }
}
