// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// In which order the rows of a source, or the batches of a buffer, come: changes of the order they lie in, first to last.
struct RowOrder: Sendable {
    let baseCount: Int
    private(set) var maps: [IndexMap] = []
    /// Positions before each map, and at the end of all.
    private var counts: [Int]
    /// Of epoch 0: made once, since random access asks for it with every sample.
    private var first: Epoch

    init(count: Int) {
        baseCount = count
        counts = [count]
        first = Epoch(steps: [])
    }

    var count: Int { counts[counts.count - 1] }

    /// Positions before the last map.
    var countBeforeLast: Int { counts[max(counts.count - 2, 0)] }

    var isSequential: Bool { maps.allSatisfy { if case .range = $0 { true } else { false } } }

    /// Whether it is another in each epoch.
    var varies: Bool { maps.contains { if case .shuffled = $0 { true } else { false } } }

    /// O(1), or half a millisecond for a small shuffled order.
    func adding(_ map: IndexMap) -> RowOrder {
        var copy = self
        if case .shuffled = map, case .shuffled? = maps.last {
            // Of two random orders in a row the last one counts.
            copy.maps.removeLast()
            copy.counts.removeLast()
        }
        copy.counts.append(map.count(of: copy.count))
        copy.maps.append(map)
        copy.first = copy.made(epoch: 0)
        return copy
    }

    /// The order of epoch 0 in every epoch.
    func frozen() -> RowOrder {
        maps.reduce(RowOrder(count: baseCount)) { order, map in
            if case .shuffled(let seed) = map { order.adding(.frozen(seed: seed)) } else { order.adding(map) }
        }
    }

    /// The same with the last map replaced.
    func replacingLast(_ map: IndexMap) -> RowOrder {
        var copy = self
        copy.maps.removeLast()
        copy.counts.removeLast()
        return copy.adding(map)
    }

    /// The order of one epoch, of any number. O(maps), or half a millisecond for a small shuffled order.
    func epoch(_ number: Int) -> Epoch { number == 0 ? first : made(epoch: number) }

    private func made(epoch: Int) -> Epoch {
        Epoch(
            steps: zip(maps, counts).map { map, count in
                switch map {
                case .shuffled(let seed):
                    .permutation(IndexPermutation(count: count, seed: seed, epoch: UInt64(bitPattern: Int64(epoch))))
                case .frozen(let seed): .permutation(IndexPermutation(count: count, seed: seed, epoch: 0))
                case .strided(let first, let step): .strided(first: first, step: step)
                case .range(let range): .shifted(by: range.lowerBound)
                case .table(let table): .table(table)
                case .sharded(let plan): .sharded(plan, of: count)
                }
            })
    }

    /// Position → row, in one epoch.
    struct Epoch: Sendable {
        enum Step: Sendable {
            case permutation(IndexPermutation)
            case strided(first: Int, step: Int)
            case shifted(by: Int)
            case table([Int])
            case sharded(ShardPlan, of: Int)

            func callAsFunction(_ position: Int) -> Int {
                switch self {
                case .permutation(let permutation): permutation[position]
                case .strided(let first, let step): first + position * step
                case .shifted(let distance): position + distance
                case .table(let table): table[position]
                case .sharded(let plan, let count): plan.position(position, of: count)
                }
            }
        }

        let steps: [Step]

        subscript(position: Int) -> Int {
            var index = position
            for step in steps.reversed() { index = step(index) }
            return index
        }

        func rows(at positions: Range<Int>) -> [Int] {
            var rows: [Int] = []
            write(rowsAt: positions, to: &rows)
            return rows
        }

        /// The same, instead of what is in an array that may have room for them already.
        func write(rowsAt positions: Range<Int>, to rows: inout [Int]) {
            rows.removeAll(keepingCapacity: true)
            if let range = range(at: positions) {
                rows.append(contentsOf: range)
                return
            }
            guard let last = steps.last else { preconditionFailure("an order without steps is that of the file") }
            if case .permutation(let permutation) = last {
                permutation.append(rowsAt: positions, to: &rows)
            } else {
                rows.reserveCapacity(positions.count)
                for position in positions { rows.append(last(position)) }
            }
            for step in steps.dropLast().reversed() {
                for index in rows.indices { rows[index] = step(rows[index]) }
            }
        }

        /// The rows where they follow each other as they lie; nil where the order is another.
        func range(at positions: Range<Int>) -> Range<Int>? {
            var start = positions.lowerBound
            for step in steps.reversed() {
                guard case .shifted(let distance) = step else { return nil }
                start += distance
            }
            return start..<start + positions.count
        }

        /// Whether the sample at a position is this rank's own: false where it fills up for one that is missing.
        func isOwn(_ position: Int) -> Bool {
            var index = position
            for step in steps.reversed() {
                if case .sharded(let plan, let count) = step, !plan.isOwn(index, of: count) { return false }
                index = step(index)
            }
            return true
        }
    }
}
