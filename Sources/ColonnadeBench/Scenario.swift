// SPDX-License-Identifier: Apache-2.0

/// One thing that is measured inside a process, because a whole command would measure more than that.
protocol Scenario: Sendable {
    /// What it is called on the command line and in reports.
    var name: String { get }

    /// One figure a line of the report.
    func measure() -> [Figure]
}

/// A figure of a report.
struct Figure {
    var name: String
    var value: Double
    var unit: String
}

/// The median of `runs` timings of `body`, in nanoseconds for each of `operations`.
func medianNanoseconds(runs: Int, operations: Int, _ body: () -> Void) -> Double {
    let times = (0..<runs).map { _ in
        let elapsed = ContinuousClock().measure(body).components
        return (Double(elapsed.seconds) * 1e9 + Double(elapsed.attoseconds) / 1e9) / Double(operations)
    }
    return times.sorted()[runs / 2]
}
