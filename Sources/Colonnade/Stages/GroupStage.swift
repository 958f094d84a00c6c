// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A stage that looks at several samples, makes any number out of them, and begins with others then.
protocol GroupStage: Stage {
    /// The state from one group to the next.
    associatedtype Carry: Sendable

    var upstream: Upstream { get }

    /// The state at the beginning.
    var begin: Carry { get }

    /// Whether nothing is remembered, so that a pass can go on from here.
    func isClean(_ carry: Carry) -> Bool

    /// Returns the samples that come out of the next ones; nil at the end. After an error it is called again with the state of
    /// before, and continues after the fault.
    ///
    /// - Parameter number: the group's number, for random choices.
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
