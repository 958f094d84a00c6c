// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// A counter of the bytes of long work, which checks for interrupts once in `period` bytes. Work on fewer bytes never
/// checks.
package struct InterruptMeter {
    /// The number of bytes between two checks: some milliseconds of work.
    package static let period = 1 << 25
    /// The number of bytes that take as much time as the fixed cost of a row.
    package static let costOfRow = 1 << 13

    private let period: Int
    private var count = 0

    package init(every period: Int = Self.period) { self.period = period }

    /// Adds bytes to the count. Throws `cancelled` if a check finds that Ctrl-C was pressed.
    @inline(__always)
    package mutating func advance(by bytes: Int) throws(ColonnadeError) {
        count += bytes
        if count >= period { try ask() }
    }

    /// Adds a row and its bytes to the count, since each row has a fixed cost. Throws the errors of `advance(by:)`.
    @inline(__always)
    package mutating func advanceByRow(of bytes: Int = 0) throws(ColonnadeError) {
        try advance(by: bytes + Self.costOfRow)
    }

    @inline(never) private mutating func ask() throws(ColonnadeError) {
        count = 0
        guard Interrupts.areRequestedNow() else { return }
        throw ColonnadeError(.cancelled, "stopped on request")
    }
}
