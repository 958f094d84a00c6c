// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import Testing

/// Tests of orders by value, and of draws with weights.
@Suite struct DrawTests {
    private static func column(_ tensor: Tensor) throws -> Buffer {
        let count = tensor.shape[0]
        return try Buffer(columns: ["key": tensor, "n": Tensor((0..<count).map { Int64($0) })])
    }

    @Test func `samples are sorted by value, stable in both directions`() throws {
        let numbers = try DrawTests.column(Tensor([3, -1, 3, 0, -1] as [Int32]))
        #expect(try scalars(numbers.sorted(by: "key"), "n") == [1, 4, 3, 0, 2])
        #expect(try scalars(numbers.sorted(by: "key", descending: true), "n") == [0, 2, 3, 1, 4])
        let large = try DrawTests.column(Tensor([.max, 0, 1 << 63, 7] as [UInt64]))
        #expect(try scalars(large.sorted(by: "key"), "n") == [1, 3, 2, 0])
        let floats = try DrawTests.column(Tensor([.nan, 1, -0.0, -.infinity, 0, .infinity, -1] as [Double]))
        #expect(try scalars(floats.sorted(by: "key"), "n") == [3, 6, 2, 4, 1, 5, 0])
        #expect(try scalars(floats.sorted(by: "key", descending: true), "n") == [5, 1, 2, 4, 6, 3, 0])
        #expect(try numbers.prefix(0).sorted(by: "key").count == 0)
    }

    @Test func `texts are sorted by their bytes`() throws {
        let file = try TemporaryFile.samples(11)
        let buffer = try Buffer(at: file.path).sorted(by: "text")
        #expect(try scalars(buffer, "label") == [0, 1, 10, 2, 3, 4, 5, 6, 7, 8, 9])
        for (key, code) in [("image", ColonnadeError.Code.invalidArgument), ("other", .unknownKey)] {
            let sorting = #expect(throws: ColonnadeError.self) { try buffer.sorted(by: key) }
            let drawing = #expect(throws: ColonnadeError.self) { try buffer.balanced(by: key, seed: 1) }
            #expect(sorting?.code == code && drawing?.code == code)
        }
    }

    @Test func `parts of a stratified order have each value in proportion`() throws {
        let labels = (0..<200).map { UInt8($0 < 120 ? 0 : $0 < 180 ? 1 : 2) }
        let buffer = try DrawTests.column(Tensor(labels)).shuffled(seed: 4).stratified(by: "key", seed: 7)
        #expect(try scalars(buffer, "n").sorted() == Array(0..<200))
        let counts = try [buffer.prefix(100), buffer.dropFirst(100).prefix(50), buffer.dropFirst(150)].map { part in
            let found = try scalars(part, "key")
            return (0..<3).map { value in found.count { $0 == value } }
        }
        for (part, expected) in zip(counts, [[60, 30, 10], [30, 15, 5], [30, 15, 5]]) {
            #expect(zip(part, expected).allSatisfy { abs($0 - $1) <= 1 }, "\(counts)")
        }
        #expect(try scalars(buffer.stream().epoch(3), "n") == scalars(buffer, "n"))
    }

    @Test func `draws have the frequencies of their weights, and depend on seed, epoch and index alone`() throws {
        let buffer = try counting(4).sampled(weights: [1, 0, 3, 4], count: 4000, seed: 9)
        let drawn = try scalars(buffer, "x")
        for (value, expected) in [500, 0, 1500, 2000].enumerated() {
            #expect(abs(drawn.count { $0 == value } - expected) <= (expected == 0 ? 0 : 150))
        }
        #expect(try scalars(counting(4).sampled(weights: [2, 0, 6, 8], count: 4000, seed: 9), "x") == drawn)
        #expect(try scalars(buffer.stream().epoch(1), "x") != drawn)
        #expect(try scalars(buffer.prefix(9).stream().epoch(1), "x") == Array(drawn.prefix(9)))
        try checkResumable(try buffer.prefix(20).stream())
        try checkResumable(
            try counting(30).sampled(weights: [Double](repeating: 1, count: 30), seed: 2).stream().epoch(2))
        let rank = try counting(4).sampled(weights: [1, 1, 1, 1], count: 10, seed: 3)
        let ranks = try (0..<2).map { try scalars(rank.sharded(rank: $0, of: 2), "x") }
        #expect(try zip(ranks[0], ranks[1]).flatMap { [$0, $1] } == scalars(rank, "x"))
    }

    @Test func `balanced draws give each class the same share`() throws {
        let labels = (0..<100).map { UInt8($0 == 50 ? 1 : 0) }
        let drawn = try scalars(DrawTests.column(Tensor(labels)).balanced(by: "key", count: 1000, seed: 1), "key")
        #expect(abs(drawn.reduce(0, +) - 500) < 80)
        let weighted = try DrawTests.column(Tensor([0, 2, 0] as [Float])).sampled(weightsIn: "key", count: 5, seed: 1)
        #expect(try scalars(weighted, "n") == [1, 1, 1, 1, 1])
    }

    @Test func `wrong weights are errors`() throws {
        let three = try counting(3)
        for wrong in [[1, 2], [1, -1, 1], [1, .nan, 1], [.infinity, 1, 1], [0, 0, 0]] as [[Double]] {
            let error = #expect(throws: ColonnadeError.self) { try three.sampled(weights: wrong, seed: 1) }
            #expect(error?.code == .invalidArgument)
        }
        #expect(throws: ColonnadeError.self) { try three.sampled(weights: [1, 1, 1], count: -1, seed: 1) }
        #expect(throws: ColonnadeError.self) { try counting(0).sampled(weights: [], seed: 1) }
        #expect(
            try three.sampled(weights: [.greatestFiniteMagnitude, .greatestFiniteMagnitude, 1], seed: 1).count == 3)
    }
}
