// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A stage that makes groups of samples: it reads some samples, makes any number of samples from them, and repeats.
protocol GroupStage: Stage {
    /// The state that one group passes on to the next.
    associatedtype Carry: Sendable

    var upstream: Upstream { get }

    /// The carry before the first group.
    var initialCarry: Carry { get }

    /// Returns whether a carry holds no samples, so that a pass can resume from the state of the upstream alone.
    func isClean(_ carry: Carry) -> Bool

    /// Returns the samples of the next group; nil at the end. After an error it is called again with the carry as the
    /// error left it, and continues after the sample that failed.
    ///
    /// - Parameter number: the number of the group, for random choices.
    func group(
        _ number: Int, _ carry: inout Carry, _ upstream: any StageCursor, _ pass: PassContext
    ) throws(ColonnadeError) -> [Recipe]?
}

extension GroupStage {
    var upstreams: [Upstream] { [upstream] }
    var count: Int? { nil }

    func makeCursor(_ pass: PassContext) throws(ColonnadeError) -> any StageCursor {
        GroupCursor(self, try upstream.makeCursor(isSelection ? pass.frozen : pass), pass)
    }
}
