// SPDX-License-Identifier: Apache-2.0

import Colonnade

/// Measures the time to compute the row at an index of a shuffled epoch, for single indices and for batches, the time to
/// make an order, and the size of its state in bytes, without its table for small data sets.
struct OrderScenario: Scenario {
    let name = "order"
    /// The numbers of rows: some below, at and above powers of two, and the largest of the tables.
    private let counts = [
        999, 1_000, 1_024, 1_025, 4_096, 4_097, 60_000, 65_536, 65_537, 1_000_000, 5_000_000, 1_000_000_000,
        1 << 30 + 1, 1 << 32, 1 << 32 + 1, 1_000_000_000_000,
    ]
    private let batches = [1, 32, 256, 4096]
    private let rowsPerRun = 1 << 16

    func measure() -> [Figure] {
        var figures = [Figure(name: "state", value: Double(MemoryLayout<IndexPermutation>.size), unit: "B")]
        for count in counts {
            let makes = 1000
            var sum = 0
            let making = medianNanoseconds(runs: 5, operations: makes) {
                for epoch in 0..<makes { sum &+= IndexPermutation(count: count, seed: 1, epoch: UInt64(epoch))[0] }
            }
            figures.append(Figure(name: "making the order of \(count)", value: making, unit: "ns"))
            let order = IndexPermutation(count: count, seed: 1, epoch: 2)
            for batch in batches where batch <= count {
                let time = medianNanoseconds(runs: 15, operations: rowsPerRun / batch * batch) {
                    sum &+= rows(of: order, by: batch)
                }
                figures.append(Figure(name: "\(batch) at once of \(count)", value: time, unit: "ns"))
            }
            precondition(sum != 0, "orders of rows sum to something")
        }
        return figures
    }

    /// Computes `rowsPerRun` rows in batches whose starts are distributed over the epoch. Returns a sum that depends on
    /// each batch, so that the compiler cannot remove its computation.
    private func rows(of order: IndexPermutation, by batch: Int) -> Int {
        var sum = 0
        var rows: [Int] = []
        let step = max(batch, order.count / (rowsPerRun / batch) / batch * batch)
        var start = 0
        for _ in 0..<rowsPerRun / batch {
            if start > order.count - batch { start = 0 }
            if batch == 1 {
                sum &+= order[start]
            } else {
                order.write(rowsAt: start..<start + batch, to: &rows)
                sum &+= rows[batch - 1]
            }
            start += step
        }
        return sum
    }
}
