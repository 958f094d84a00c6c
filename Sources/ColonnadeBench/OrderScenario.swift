// SPDX-License-Identifier: Apache-2.0

import Colonnade

/// Measures the time to compute the row at an index of a shuffled epoch, for single indices and for batches, and the
/// size of the order's state in bytes, without its table for small data sets.
struct OrderScenario: Scenario {
    let name = "order"
    /// The numbers of rows: a small one, one just above the limit of the table, and several at and above powers of two,
    /// where cycle walking is longest.
    private let counts = [60_000, 70_000, 1_000_000, 1_000_000_000, 1 << 30 + 1, 1_000_000_000_000]
    private let batch = 256
    private let batches = 4000

    func measure() -> [Figure] {
        var figures = [Figure(name: "state", value: Double(MemoryLayout<IndexPermutation>.size), unit: "B")]
        for count in counts {
            let order = IndexPermutation(count: count, seed: 1, epoch: 2)
            // The starts are distributed over the epoch. Every sum is used, so that the compiler cannot remove its
            // computation.
            let starts = (0..<batches).map { $0 * ((count - batch) / batches) }
            var sum = 0
            let single = medianNanoseconds(runs: 5, operations: batches * batch) {
                for start in starts {
                    for position in start..<start + batch { sum &+= order[position] }
                }
            }
            let many = medianNanoseconds(runs: 5, operations: batches * batch) {
                for start in starts { sum &+= order.rows(at: start..<start + batch)[batch - 1] }
            }
            precondition(sum != 0, "orders of rows sum to something")
            figures.append(Figure(name: "one of \(count)", value: single, unit: "ns"))
            figures.append(Figure(name: "\(batch) at once of \(count)", value: many, unit: "ns"))
        }
        return figures
    }
}
