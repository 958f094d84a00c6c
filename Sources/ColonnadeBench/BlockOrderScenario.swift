// SPDX-License-Identifier: Apache-2.0

import Colonnade

/// Measures the time to compute a row of a block order, and its ratio to that of the order of single rows. The two take
/// turns.
struct BlockOrderScenario: Scenario {
    let name = "block-order"
    /// The numbers of rows, and of rows in a block: tables and networks of all orders that a block order is made of.
    private let cases = [(1_000_000, 349), (100_000_000, 1_024), (1_000_000_000_000, 100_000)]
    private let batches = [1, 32, 256, 4_096]
    private let rowsPerRun = 1 << 16

    func measure() -> [Figure] {
        var figures = [Figure(name: "state", value: Double(MemoryLayout<BlockPermutation>.size), unit: "B")]
        for (count, size) in cases {
            guard let shape = try? BlockShape(rows: size, open: 768, lanes: 192) else {
                preconditionFailure("768 open blocks have 192 lanes")
            }
            let makes = 1_000
            var sum = 0
            let making = medianNanoseconds(runs: 5, operations: makes) {
                for epoch in 0..<makes {
                    sum &+= BlockPermutation(count: count, shape, seed: 1, epoch: UInt64(epoch))[0]
                }
            }
            figures.append(Figure(name: "making the order of \(count)", value: making, unit: "ns"))
            let blocks = BlockPermutation(count: count, shape, seed: 1, epoch: 2)
            let single = IndexPermutation(count: count, seed: 1, epoch: 2)
            for batch in batches {
                var ratios: [Double] = []
                var times: [Double] = []
                for _ in 0..<9 {
                    let time = time(of: count, by: batch, &sum) { blocks.map(&$0) }
                    times.append(time)
                    ratios.append(time / self.time(of: count, by: batch, &sum) { single.map(&$0) })
                }
                figures.append(Figure(name: "\(batch) at once of \(count)", value: times.sorted()[4], unit: "ns"))
                figures.append(
                    Figure(
                        name: "\(batch) at once of \(count), relative to single rows", value: ratios.sorted()[4],
                        unit: "(lower is better)"))
            }
            precondition(sum != 0, "orders of rows sum to something")
        }
        return figures
    }

    /// Returns the nanoseconds for each row of batches whose starts are distributed over the epoch.
    private func time(of count: Int, by batch: Int, _ sum: inout Int, _ map: (inout [Int]) -> Void) -> Double {
        let step = (count - batch) / (rowsPerRun / batch)
        var rows: [Int] = []
        return medianNanoseconds(runs: 1, operations: rowsPerRun / batch * batch) {
            for start in stride(from: 0, to: step * (rowsPerRun / batch), by: step) {
                rows.removeAll(keepingCapacity: true)
                rows.append(contentsOf: start..<start + batch)
                map(&rows)
                sum &+= rows[batch - 1]
            }
        }
    }
}
