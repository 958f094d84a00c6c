// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The state of one cursor of a pass: numbers that the cursor gives a meaning, and the states of the cursors from which it
/// takes samples.
struct CursorState: Sendable, Hashable {
    var numbers: [Int]
    var upstreams: [CursorState] = []

    /// No pass counts further, so that adding to a damaged number does not overflow.
    static let largestNumber = 1 << 60

    /// Throws `invalidArgument` unless it has as many numbers and upstreams as the cursor that reads it wrote.
    func check(numbers count: Int, upstreams: Int) throws(ColonnadeError) {
        guard numbers.count == count, self.upstreams.count == upstreams,
            numbers.allSatisfy({ (0...CursorState.largestNumber).contains($0) })
        else {
            throw ColonnadeError(.invalidArgument, "this position does not belong to this pipeline")
        }
    }
}
