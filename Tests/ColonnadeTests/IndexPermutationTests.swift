// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import Foundation
import Testing

@testable import Colonnade

@Suite struct IndexPermutationTests {
    private struct Vector: Decodable {
        let seed: UInt64
        let epoch: UInt64
        let n: UInt64
        let first: [UInt64]
        let later: [[UInt64]]
    }

    @Test func `orders equal the published vectors`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: root.appending(path: "formats/vectors/row-order-1.json"))
        let vectors = try JSONDecoder().decode([Vector].self, from: data)
        #expect(vectors.count >= 10)
        for vector in vectors {
            // The format allows 2⁶³ rows. A Swift `Int`, and therefore a data set here, allows one fewer.
            guard let count = Int(exactly: vector.n) else { continue }
            let order = IndexPermutation(count: count, seed: vector.seed, epoch: vector.epoch)
            #expect(vector.first.indices.map { UInt64(order[$0]) } == vector.first, "n = \(count)")
            for pair in vector.later { #expect(UInt64(order[Int(pair[0])]) == pair[1], "n = \(count)") }
        }
    }

    @Test func `every order of up to 300 rows holds each row once`() {
        for count in 0...300 {
            for seed in 0..<3 as Range<UInt64> { checkBijection(count, seed: seed, epoch: seed &+ 1) }
        }
    }

    @Test(arguments: [999, 1_000, 1_001, 1_024, 1_025, 4_096, 4_097, 65_536, 65_537, 131_073, 1_000_003])
    func `larger orders hold each row once`(count: Int) {
        checkBijection(count, seed: 7, epoch: 0)
        checkBijection(count, seed: .max, epoch: .max)
    }

    private func checkBijection(_ count: Int, seed: UInt64, epoch: UInt64) {
        let order = IndexPermutation(count: count, seed: seed, epoch: epoch)
        checkOrder(count, "seed \(seed)") { order[$0] }
    }

    @Test func `many rows computed at once equal rows computed one by one`() {
        for count in [1, 999, 1_000, 1_025, 65_537, 1 << 40 + 5, .max] {
            let order = IndexPermutation(count: count, seed: 3, epoch: 4)
            var rows: [Int] = []
            for length in [0, 1, 5, 31, 32, 33, 100, 7] {
                for start in [0, count / 3, max(0, count - length)] {
                    let positions = start..<min(count, start + length)
                    order.write(rowsAt: positions, to: &rows)
                    #expect(rows == positions.map { order[$0] })
                    let kept = Array(rows.prefix(start % 3))
                    order.write(rowsAt: positions, to: &rows, after: kept.count)
                    #expect(rows == kept + positions.map { order[$0] })
                }
            }
        }
    }

    @Test func `an order of 1,000 rows or more needs less than 100 bytes`() {
        #expect(MemoryLayout<IndexPermutation>.size < 100)
        let huge = IndexPermutation(count: 1_000_000_000_000, seed: 1, epoch: 1)
        let rows = (0..<100_000).map { huge[$0] }
        #expect(Set(rows).count == rows.count)
        #expect(rows.allSatisfy { (0..<1_000_000_000_000).contains($0) })
    }

    /// Tests a mean over seeds, with a standard deviation of about 0.002 for every n, since a random order of n rows
    /// has a lag-1 correlation of 0 ± 1/√n.
    @Test(arguments: [1_000, 1_025, 10_000, 65_536, 65_537, 100_000, 1_000_000, 10_000_000])
    func `neighbours are not correlated`(count: Int) {
        let seeds = max(1, 250_000 / count)
        let sum = (0..<seeds).reduce(0.0) { sum, seed in
            let rows = IndexPermutation(count: count, seed: UInt64(seed), epoch: 3).rows(at: 0..<count)
            return sum + correlation(count - 1, of: { Double(rows[$0]) }, and: { Double(rows[$0 + 1]) })
        }
        #expect(abs(sum / Double(seeds)) < 0.01)
    }

    @Test(arguments: [1_000, 10_000, 100_000, 1_000_000, 10_000_000])
    func `positions and rows are independent, block by block`(count: Int) {
        let blocks = count >= 100_000 ? 64 : 8
        for seed in 0..<(count > 1_000_000 ? 1 : 3) as Range<UInt64> {
            let rows = IndexPermutation(count: count, seed: seed, epoch: 0).rows(at: 0..<count)
            let square = chiSquare(count, blocks, order: { rows[$0] }, against: { $0 })
            let freedom = Double((blocks - 1) * (blocks - 1))
            // A two-sided 99.9 % interval of a normal approximation.
            let limit = 3.3 * (2 * freedom).squareRoot()
            #expect(abs(square - freedom) < limit, "seed \(seed): \(square)")
            let pairs = chiSquare(count - 1, blocks, of: count, order: { rows[$0] }, against: { rows[$0 + 1] })
            #expect(abs(pairs - freedom) < limit, "pairs of seed \(seed): \(pairs)")
        }
    }

    @Test func `epochs and seeds are independent of each other`() {
        let count = 200_000
        let base = IndexPermutation(count: count, seed: 5, epoch: 5)
        for other in [
            IndexPermutation(count: count, seed: 5, epoch: 6), IndexPermutation(count: count, seed: 6, epoch: 5),
            IndexPermutation(count: count, seed: 6, epoch: 4),
        ] {
            #expect(abs(correlation(count, of: { Double(base[$0]) }, and: { Double(other[$0]) })) < 0.01)
            let square = chiSquare(count, 64, order: { base[$0] }, against: { other[$0] })
            #expect(abs(square - 3969) < 3.3 * (2 * 3969.0).squareRoot())
        }
    }

    private func correlation(_ count: Int, of x: (Int) -> Double, and y: (Int) -> Double) -> Double {
        var (sx, sy, sxx, syy, sxy) = (0.0, 0.0, 0.0, 0.0, 0.0)
        for index in 0..<count {
            let (a, b) = (x(index), y(index))
            sx += a
            sy += b
            sxx += a * a
            syy += b * b
            sxy += a * b
        }
        let n = Double(count)
        return (sxy - sx * sy / n) / ((sxx - sx * sx / n) * (syy - sy * sy / n)).squareRoot()
    }

    private func chiSquare(
        _ count: Int, _ blocks: Int, of rows: Int? = nil, order: (Int) -> Int, against other: (Int) -> Int
    ) -> Double {
        let rows = rows ?? count
        var table = [Int](repeating: 0, count: blocks * blocks)
        for position in 0..<count {
            table[other(position) * blocks / rows * blocks + order(position) * blocks / rows] += 1
        }
        let expected = Double(count) / Double(blocks * blocks)
        return table.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
    }
}
