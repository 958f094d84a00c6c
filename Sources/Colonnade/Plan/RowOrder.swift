// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The order of the rows of a source, or of the batches of a buffer: a list of changes of the stored order, first to
/// last.
struct RowOrder: Sendable {
    let baseCount: Int
    private(set) var maps: [IndexMap] = []
    /// The number of indices before each map, and after the last one.
    private(set) var counts: [Int]
    /// The order of epoch 0, made once, since random access uses it for every sample.
    private var first: Epoch

    init(count: Int) {
        baseCount = count
        counts = [count]
        first = Epoch(steps: [])
    }

    var count: Int { counts[counts.count - 1] }

    /// The number of indices before the last map.
    var countBeforeLast: Int { counts[max(counts.count - 2, 0)] }

    var isSequential: Bool { maps.allSatisfy { if case .range = $0 { true } else { false } } }

    /// Whether the order differs from epoch to epoch.
    var varies: Bool { maps.contains(where: \.varies) }

    /// Whether the samples are divided among several ranks.
    var isSharded: Bool {
        maps.contains { if case .sharded(let plan) = $0 { plan.worldSize > 1 } else { false } }
    }

    /// Whether it has a change that leaves out samples by their index.
    var selectsByIndex: Bool {
        maps.contains { map in
            switch map {
            case .range, .strided: true
            case .shuffled, .frozen, .table, .drawn, .sharded: false
            }
        }
    }

    /// Returns the order with one more change. O(maps).
    func adding(_ map: IndexMap) -> RowOrder {
        var copy = self
        // Of two random orders in a row the last one counts.
        if case .shuffled = map, case .shuffled? = maps.last { copy.removeLast() }
        copy.first.steps.append(Epoch.Step(map, count: copy.count, epoch: 0))
        copy.counts.append(map.count(of: copy.count))
        copy.maps.append(map)
        return copy
    }

    /// Returns an order that is that of epoch 0 in every epoch, for the order before a selection. O(maps).
    func frozen() -> RowOrder {
        guard varies else { return self }
        var copy = self
        copy.maps = maps.map(\.frozen)
        return copy
    }

    /// The number of maps up to which an order is never simplified, since saved positions depend on the maps.
    private static let manyMaps = 64
    private static let largestTable = 1 << 20

    /// Returns an equal order with one table in place of its maps, if there are many maps, none depends on the epoch,
    /// and the table is not too large.
    func simplified() -> RowOrder {
        guard maps.count > RowOrder.manyMaps, count <= RowOrder.largestTable, !varies,
            !maps.contains(where: { if case .sharded = $0 { true } else { false } })
        else { return self }
        return RowOrder(count: baseCount).adding(.table(first.rows(at: 0..<count)))
    }

    /// Returns the order with its last map replaced.
    func replacingLast(_ map: IndexMap) -> RowOrder {
        var copy = self
        copy.removeLast()
        return copy.adding(map)
    }

    private mutating func removeLast() {
        maps.removeLast()
        counts.removeLast()
        first.steps.removeLast()
    }

    /// Returns the order of an epoch. O(maps).
    func epoch(_ number: Int) -> Epoch {
        guard number != 0, varies else { return first }
        let steps = zip(maps, counts).enumerated().map { index, step in
            step.0.varies ? Epoch.Step(step.0, count: step.1, epoch: number) : first.steps[index]
        }
        return Epoch(steps: steps)
    }

    /// The function from index to row in one epoch.
    struct Epoch: Sendable {
        enum Step: Sendable {
            case permutation(IndexPermutation)
            case blocks(BlockPermutation)
            case strided(first: Int, step: Int)
            case shifted(by: Int)
            case table([Int])
            case drawn(WeightedDraws, epoch: Int)
            case sharded(ShardPlan, of: Int)

            /// - Parameter count: the number of indices before the map.
            init(_ map: IndexMap, count: Int, epoch: Int) {
                switch map {
                case .shuffled(let shuffle): self = shuffle.order(of: count, epoch: epoch)
                case .frozen(let shuffle): self = shuffle.order(of: count, epoch: 0)
                case .strided(let first, let step): self = .strided(first: first, step: step)
                case .range(let range): self = .shifted(by: range.lowerBound)
                case .table(let table): self = .table(table)
                case .drawn(let draws): self = .drawn(draws, epoch: epoch)
                case .sharded(let plan): self = .sharded(plan, of: count)
                }
            }

            func callAsFunction(_ index: Int) -> Int {
                switch self {
                case .permutation(let permutation): permutation[index]
                case .blocks(let blocks): blocks[index]
                case .strided(let first, let step): first + index * step
                case .shifted(let distance): index + distance
                case .table(let table): table[index]
                case .drawn(let draws, let epoch): draws.index(at: index, epoch: epoch)
                case .sharded(let plan, let count): plan.sample(at: index, of: count)
                }
            }

            /// Replaces the elements of an array, except the first ones, which are indices after the map, by those before it.
            func map(_ indices: inout [Int], after kept: Int) {
                switch self {
                case .permutation(let permutation): permutation.map(&indices, after: kept)
                case .blocks(let blocks): blocks.map(&indices, after: kept)
                case .strided, .shifted, .table, .drawn, .sharded:
                    for place in kept..<indices.count { indices[place] = self(indices[place]) }
                }
            }
        }

        fileprivate(set) var steps: [Step]

        subscript(index: Int) -> Int {
            var mapped = index
            for step in steps.reversed() { mapped = step(mapped) }
            return mapped
        }

        func rows(at indices: Range<Int>) -> [Int] {
            var rows: [Int] = []
            write(rowsAt: indices, to: &rows)
            return rows
        }

        /// Replaces the elements of an array, except the first ones, by the rows at consecutive indices. It allocates
        /// nothing if the array has enough capacity.
        ///
        /// - Parameter kept: the number of elements that stay.
        func write(rowsAt indices: Range<Int>, to rows: inout [Int], after kept: Int = 0) {
            if let range = range(at: indices) {
                rows.removeLast(rows.count - kept)
                rows.append(contentsOf: range)
                return
            }
            guard let last = steps.last else { preconditionFailure("an order without steps is that of the file") }
            if case .permutation(let permutation) = last {
                permutation.write(rowsAt: indices, to: &rows, after: kept)
            } else {
                rows.removeLast(rows.count - kept)
                rows.append(contentsOf: indices)
                last.map(&rows, after: kept)
            }
            for step in steps.dropLast().reversed() { step.map(&rows, after: kept) }
        }

        /// Returns the rows at consecutive indices as a range, or nil if the order is not sequential.
        func range(at indices: Range<Int>) -> Range<Int>? {
            var start = indices.lowerBound
            for step in steps.reversed() {
                guard case .shifted(let distance) = step else { return nil }
                start += distance
            }
            return start..<start + indices.count
        }

        /// Whether the sample at an index belongs to this rank; false if it repeats a sample of another rank.
        func isOwn(_ index: Int) -> Bool {
            var mapped = index
            for step in steps.reversed() {
                if case .sharded(let plan, let count) = step, !plan.isOwn(mapped, of: count) { return false }
                mapped = step(mapped)
            }
            return true
        }
    }
}
