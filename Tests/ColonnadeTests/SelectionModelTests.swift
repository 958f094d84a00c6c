// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Testing

/// Compares random chains of shuffles, selections and batches with a model that has the rows of each epoch in lists.
@Suite(.timeLimit(.minutes(15))) struct SelectionModelTests {
    /// A model of an order: the rows of each item, by epoch.
    private struct Model {
        static let epochs = 3
        var lists: [[[Int]]]

        var count: Int { lists[0].count }

        mutating func each(_ change: ([[Int]]) -> [[Int]]) { lists = lists.map(change) }

        mutating func shuffle(_ seed: UInt64) {
            for epoch in lists.indices {
                let order = IndexPermutation(count: count, seed: seed, epoch: UInt64(epoch))
                lists[epoch] = (0..<count).map { lists[epoch][order[$0]] }
            }
        }

        /// Applies a selection, which uses only epoch 0.
        mutating func select(_ change: ([[Int]]) -> [[Int]]) {
            let selected = change(lists[0])
            lists = lists.map { _ in selected }
        }

        mutating func batch(_ size: Int) {
            each { list in
                stride(from: 0, to: list.count, by: size).map { start in
                    Array(list[start..<min(start + size, list.count)].joined())
                }
            }
        }
    }

    private struct Chain {
        var buffer: Buffer
        var model: Model
        var words: [String] = []
        var isBatched = false
        var isSharded = false
        var random: SplitMix64

        mutating func below(_ bound: Int) -> Int { random.below(bound) }

        mutating func step() throws {
            let count = model.count
            switch below(12) {
            case 0, 1, 2:
                // The second of two consecutive shuffles replaces the first, which the model does not do.
                guard words.last?.hasPrefix("shuffled") != true else { return }
                let seed = UInt64(below(1000))
                words.append("shuffled \(seed)")
                buffer = buffer.shuffled(seed: seed)
                model.shuffle(seed)
            case 3:
                let length = below(count + 4)
                words.append("prefix \(length)")
                buffer = try buffer.prefix(length)
                model.select { Array($0.prefix(length)) }
            case 4:
                let length = below(count / 2 + 1)
                words.append("dropFirst \(length)")
                buffer = try buffer.dropFirst(length)
                model.select { Array($0.dropFirst(length)) }
            case 5:
                let parts = 1 + below(3)
                let part = below(parts)
                words.append("partition \(part) of \(parts)")
                buffer = try buffer.partition(part, of: parts)
                model.select { list in stride(from: part, to: count, by: parts).map { list[$0] } }
            case 6:
                guard count > 0 else { return }
                let positions = (0..<below(2 * count)).map { _ in below(count) }
                words.append("reordered \(positions)")
                buffer = try buffer.reordered(by: positions)
                model.select { list in positions.map { list[$0] } }
            case 7:
                let rest = below(3)
                // The operation is refused after a shard.
                guard !isSharded else { return }
                words.append("filter \(rest)")
                buffer = try buffer.filter { (try numbers($0.tensor("x")).first ?? 0) % 3 != rest }
                model.select { $0.filter { ($0.first ?? 0) % 3 != rest } }
            case 8:
                let size = 1 + below(3)
                words.append("batched by \(size)")
                buffer = try buffer.batched(by: size)
                model.batch(size)
                isBatched = true
            case 9:
                guard count > 1 else { return }
                let sizes = [1 + below(count / 2), 1 + below(count / 2)]
                words.append("batched by \(sizes)")
                buffer = try buffer.batched(bySizes: sizes)
                model.select { list in
                    [Array(list[..<sizes[0]].joined()), Array(list[sizes[0]..<sizes[0] + sizes[1]].joined())]
                }
                isBatched = true
            case 10:
                let ranks = 1 + below(3)
                let rank = below(ranks)
                isSharded = isSharded || ranks > 1
                words.append("sharded \(rank) of \(ranks)")
                buffer = try buffer.sharded(rank: rank, of: ranks)
                model.each { list in (0..<list.count / ranks).map { list[$0 * ranks + rank] } }
            default:
                guard !isBatched else { return }
                let more = try counting(5, from: 500).shuffled(seed: 7)
                words.append("appended")
                buffer = try buffer.appending(more)
                var other = Model(lists: (0..<Model.epochs).map { _ in (500..<505).map { [$0] } })
                other.shuffle(7)
                for epoch in model.lists.indices { model.lists[epoch] += other.lists[epoch] }
            }
        }
    }

    @Test(arguments: 0..<8) func `random chains agree with lists of rows, in each epoch`(seed: Int) throws {
        var random = SplitMix64(state: UInt64(seed) &* 0x9E37_79B9)
        for number in 0..<60 {
            let count = random.below(30)
            let rows = (0..<count).map { [$0] }
            var chain = Chain(
                buffer: try counting(count), model: Model(lists: (0..<Model.epochs).map { _ in rows }), random: random)
            for _ in 0..<2 + chain.below(7) { try chain.step() }
            random = chain.random
            let words = "seed \(seed), chain \(number): \(chain.words.joined(separator: ", "))"
            for epoch in 0..<Model.epochs {
                let stream = chain.buffer.stream().epoch(epoch)
                let found = try numbers(stream, "x").map { $0 }
                #expect(unpadded(found) == unpadded(chain.model.lists[epoch]), "\(words), epoch \(epoch)")
                // A resumed pass continues in the order of the first pass.
                guard found.count > 2 else { continue }
                let position = walk(stream, 2).positions[2]
                let rest = try numbers(stream.resumed(at: saved(position)), "x")
                #expect(rest == Array(found[2...]), "\(words), epoch \(epoch), resumed")
            }
        }
    }

    /// Returns the items without padding. Batches of batches of different sizes are padded with zeros, and zero is also
    /// the number of a row.
    private func unpadded(_ items: [[Int]]) -> [[Int]] { items.map { $0.filter { $0 != 0 } } }
}
