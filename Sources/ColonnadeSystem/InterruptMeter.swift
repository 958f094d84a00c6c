// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// Counts the bytes of long work, and asks once in `period` bytes whether to stop. Work on fewer bytes never asks.
package struct InterruptMeter {
    /// Bytes from one question to the next: some milliseconds of work.
    package static let period = 1 << 25
    /// Bytes that take as long as a row that has none.
    package static let costOfRow = 1 << 13

    private let period: Int
    private var count = 0

    package init(every period: Int = Self.period) { self.period = period }

    /// Throws `cancelled` if Ctrl-C was pressed.
    @inline(__always)
    package mutating func advance(by bytes: Int) throws(ColonnadeError) {
        count += bytes
        if count >= period { try ask() }
    }

    /// Counts a row beside its bytes, since rows take time too. Throws as `advance(by:)` does.
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
