// SPDX-License-Identifier: Apache-2.0

/// A measurement inside the process, for parts of the library that no whole command measures alone.
protocol Scenario: Sendable {
    /// The name on the command line and in reports.
    var name: String { get }

    /// Returns the figures for the report, one for each line.
    func measure() -> [Figure]
}
