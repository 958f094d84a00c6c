// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The state of one cursor of a pass: numbers whose meaning only the cursor knows, and the states of the cursors that
/// it takes samples from.
struct CursorState: Sendable, Hashable {
    var numbers: [Int]
    var upstreams: [CursorState] = []

    /// The largest number of a state. With this limit, adding to a damaged number does not overflow.
    static let largestNumber = 1 << 60

    /// Throws `invalidArgument` unless the state has the expected number of numbers and upstreams.
    func check(numbers count: Int, upstreams: Int) throws(ColonnadeError) {
        guard numbers.count == count, self.upstreams.count == upstreams,
            numbers.allSatisfy({ (0...CursorState.largestNumber).contains($0) })
        else {
            throw .otherPipeline
        }
    }
}

extension ColonnadeError {
    /// The error for a saved state whose numbers no cursor of this pipeline can have.
    static var otherPipeline: ColonnadeError {
        ColonnadeError(.invalidArgument) { "this \($0.position) does not belong to this pipeline" }
    }
}
