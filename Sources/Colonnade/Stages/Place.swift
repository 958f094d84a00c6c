// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The internal state of a stage of a pass: numbers that the stage gives a meaning, and the places of the stages before
/// it.
struct Place: Sendable, Hashable {
    var numbers: [Int]
    var upstreams: [Place] = []

    /// No pass counts further, so that adding to a damaged number does not overflow.
    static let most = 1 << 60

    /// Throws `invalidArgument` unless it has as many numbers and places as the stage that reads it wrote.
    func check(numbers count: Int, upstreams: Int) throws(ColonnadeError) {
        guard numbers.count == count, self.upstreams.count == upstreams,
            numbers.allSatisfy({ (0...Place.most).contains($0) })
        else {
            throw ColonnadeError(.invalidArgument, "this position does not belong to this pipeline")
        }
    }
}
