// SPDX-License-Identifier: Apache-2.0

/// One thing that is measured inside a process, because a whole command would measure more than that.
protocol Scenario: Sendable {
    /// The name on the command line and in reports.
    var name: String { get }

    /// One figure a line of the report.
    func measure() -> [Figure]
}
