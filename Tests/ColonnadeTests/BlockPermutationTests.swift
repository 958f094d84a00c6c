// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import Foundation
import Testing

@testable import Colonnade

@Suite struct BlockPermutationTests {
    private struct Vector: Decodable {
        let seed: UInt64
        let epoch: UInt64
        let n: UInt64
        let blockRows: Int
        let openBlocks: Int
        let lanes: Int
        let first: [UInt64]
        let later: [[UInt64]]
    }

    private func shape(_ rows: Int, _ open: Int, _ lanes: Int? = nil) throws -> BlockShape {
        try BlockShape(rows: rows, open: open, lanes: lanes)
    }

    /// Returns the rows at all indices.
    private func rows(_ count: Int, _ shape: BlockShape, seed: UInt64, epoch: UInt64 = 0) -> [Int] {
        var rows = Array(0..<count)
        BlockPermutation(count: count, shape, seed: seed, epoch: epoch).map(&rows)
        return rows
    }

    @Test func `orders equal the published vectors`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: root.appending(path: "formats/vectors/row-order-2.json"))
        let vectors = try JSONDecoder().decode([Vector].self, from: data)
        #expect(vectors.count >= 20)
        for vector in vectors {
            // The format allows 2⁶³ rows. A Swift `Int`, and therefore a data set here, allows one fewer.
            guard let count = Int(exactly: vector.n) else { continue }
            let shape = try shape(vector.blockRows, vector.openBlocks, vector.lanes)
            let epoch = Int(truncatingIfNeeded: vector.epoch)
            let order = RowOrder.Epoch.Step(
                .shuffled(Shuffle(seed: vector.seed, blocks: shape)), count: count, epoch: epoch)
            for (index, row) in vector.first.enumerated() { #expect(UInt64(order(index)) == row, "n = \(count)") }
            for pair in vector.later { #expect(UInt64(order(Int(pair[0]))) == pair[1], "n = \(count)") }
        }
    }

    @Test func `every small order holds each row once`() throws {
        for count in 1...70 {
            for (rows, open, lanes) in [(1, 1, 1), (2, 3, 1), (3, 4, 2), (7, 2, 2), (1, 12, 4), (16, 1, 1)] {
                let shape = try shape(rows, open, lanes)
                guard !shape.holds(count) else { continue }
                let order = BlockPermutation(count: count, shape, seed: UInt64(count), epoch: 1)
                checkOrder(count, "\(shape)") { order[$0] }
            }
        }
        let larger = try rows(20_011, shape(13, 96), seed: .max, epoch: .max)
        #expect(larger.sorted() == Array(0..<20_011))
    }

    @Test func `many rows computed at once equal rows computed one by one`() throws {
        for (count, rows) in [(5_001, 10), (1 << 40 + 5, 1_337), (.max, 1 << 20)] {
            let order = BlockPermutation(count: count, try shape(rows, 40, 8), seed: 3, epoch: 4)
            let last = count / 40 * 40
            for start in [0, 39, count / 3, last - 150, count - 200] {
                // Across the chunks of the kernel, backwards, and with a step as ranks have.
                for step in [1, -1, 3] {
                    let places = (0..<150).map { start &+ $0 * step }.filter { (0..<count).contains($0) }
                    var mapped = [-7] + places
                    order.map(&mapped, after: 1)
                    #expect(mapped == [-7] + places.map { order[$0] })
                }
            }
        }
    }

    @Test func `an order is computed, and needs memory for four tables at most`() throws {
        #expect(MemoryLayout<BlockPermutation>.size < 500)
        let huge = BlockPermutation(count: 1_000_000_000_000, try shape(337, 768), seed: 1, epoch: 1)
        var rows = Array(0..<20_000)
        huge.map(&rows)
        #expect(Set(rows).count == rows.count)
        #expect(rows.allSatisfy { (0..<1_000_000_000_000).contains($0) })
    }

    /// The bars of the order, for rows that are sorted by class.
    @Test(arguments: [(60_000, 8, 256), (50_003, 25, 64)])
    func `batches are fair samples, and blocks are read once`(count: Int, size: Int, open: Int) throws {
        let (shape, seeds, blocks) = (try shape(size, open), 20, Double(count) / Double(size))
        let batches = [open, open * 2 / 3 + 1]
        var squares = [0.0, 0.0]
        var neighbours = 0.0
        for seed in 0..<seeds {
            let rows = rows(count, shape, seed: UInt64(seed))
            for (index, batch) in batches.enumerated() {
                squares[index] += chiSquare(rows, batch) / Double(seeds)
            }
            neighbours += correlation(rows) / Double(seeds)
            #expect(reads(rows, shape) <= blocks + 1.1 * Double(open), "seed \(seed)")
        }
        for square in squares { #expect(0.6...1.05 ~= square) }
        #expect(abs(neighbours) < 0.01)
    }

    /// Returns the mean over batches of χ² of ten classes, divided by its degrees of freedom.
    private func chiSquare(_ rows: [Int], _ batch: Int) -> Double {
        let (classes, expected) = (10, Double(batch) / 10)
        var sum = 0.0
        let count = rows.count / batch
        for first in 0..<count {
            var counts = [Int](repeating: 0, count: classes)
            for index in first * batch..<(first + 1) * batch { counts[rows[index] * classes / rows.count] += 1 }
            for number in counts { sum += (Double(number) - expected) * (Double(number) - expected) / expected }
        }
        return sum / Double(count) / Double(classes - 1)
    }

    /// Returns the correlation of neighbours.
    private func correlation(_ rows: [Int]) -> Double {
        let (count, mean) = (Double(rows.count), Double(rows.count - 1) / 2)
        var sum = 0.0
        for index in 1..<rows.count { sum += (Double(rows[index]) - mean) * (Double(rows[index - 1]) - mean) }
        return sum / ((count * count - 1) / 12) / (count - 1)
    }

    /// Returns the number of blocks that a reader reads that keeps a block until two rounds have passed without a row of it.
    private func reads(_ rows: [Int], _ shape: BlockShape) -> Double {
        var last = [Int](repeating: -1, count: rows.count / shape.rows + 1)
        var reads = 0
        for (index, row) in rows.enumerated() {
            let block = row / shape.rows
            if last[block] < 0 || index - last[block] > 2 * shape.open { reads += 1 }
            last[block] = index
        }
        return Double(reads)
    }

    @Test func `ranks share blocks if their number divides the lanes`() throws {
        let shape = try shape(10, 48, 12)
        let rows = rows(10_000, shape, seed: 5)
        func blocks(_ ranks: Int) -> [Set<Int>] {
            (0..<ranks).map { rank in Set(stride(from: rank, to: rows.count, by: ranks).map { rows[$0] / shape.rows }) }
        }
        for ranks in [2, 3, 4, 6, 12] {
            // Blocks at the ends of slots are those of two ranks.
            #expect(blocks(ranks).reduce(0) { $0 + $1.count } <= 1_000 + 48)
            #expect(shape.readers(of: ranks) == 1)
        }
        #expect(blocks(5).allSatisfy { $0.count > 990 } && shape.readers(of: 5) == 5)
    }

    @Test func `the default blocks have about a mebibyte, and their lanes four blocks`() throws {
        let sizes = [
            (0, 1_572_864), (1, 1_048_576), (784, 1_024), (3_072, 512), (150_000, 8), (1 << 20, 1), (1 << 40, 1),
        ]
        for (bytes, rows) in sizes {
            #expect(BlockShape.rows(of: bytes * 1_000, count: 1_000) == (bytes == 0 ? 1_048_576 : rows), "\(bytes)")
        }
        #expect(BlockShape.rows(of: nil, count: 9) == 1_024 && BlockShape.rows(of: 9, count: 0) == 1_024)
        #expect(BlockShape.rows(of: .max, count: 1) == 1)
        for (open, lanes) in [
            (768, 192), (256, 64), (100, 4), (192, 48), (101, 1), (3, 1), (4, 1), (1, 1), (1 << 20, 64),
        ] {
            #expect(try shape(1, open).lanes == lanes, "\(open)")
        }
        for (rows, open, lanes) in [(0, 1, 1), (-1, 1, 1), (1 << 31 + 1, 1, 1), (.max, 1, 1)] {
            expectError(.invalidArgument, "rowsPerBlock is \(rows), out of range (1...2147483648)") {
                _ = try shape(rows, open, lanes)
            }
        }
        for open in [0, .min, 1 << 20 + 1, .max] {
            expectError(.invalidArgument, "blocks is \(open), out of range (1...1048576)") { _ = try shape(1, open, 1) }
        }
        for lanes in [0, -1, .min, 5, 1_536] {
            expectError(.invalidArgument, "lanes is \(lanes), and must be a number that divides blocks, which is 768") {
                _ = try shape(1, 768, lanes)
            }
        }
    }

    @Test func `the largest order of the smallest blocks is computed`() throws {
        let order = BlockPermutation(count: .max, try shape(1, 1, 1), seed: 42, epoch: 0)
        let reads = RowBlockReads(
            order: order, firstRow: 0, rowsPerIndex: 1, rowEnd: .max, samples: .init(), items: .init(), batchSize: 1,
            sampleCount: .max)
        #expect(reads.rows(ofBlock: .max - 1) == Int.max - 1..<Int.max)
        #expect(reads.indices(ofItems: 0..<Int.max) == 0..<Int.max)
        let large = BlockPermutation(count: .max, try shape(1 << 31, 1 << 20, 1), seed: 42, epoch: 0)
        var visits: [Int] = []
        large.visitOpenings(ofSlot: 1 << 20 - 1, in: 0..<Int.max >> 20) {
            visits.append($0)
            _ = $1
        }
        #expect(visits.count > 4_096 && visits.count < 4_100)
    }
}
