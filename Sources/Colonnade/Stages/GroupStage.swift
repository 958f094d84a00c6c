// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A stage that looks at several samples, makes any number out of them, and begins with others then.
protocol GroupStage: Stage {
    /// What it has to remember from one group to the next.
    associatedtype Carry: Sendable

    var upstream: Upstream { get }

    /// What it remembers in the beginning.
    var begin: Carry { get }

    /// Whether nothing is remembered, so that a pass can go on from here.
    func isClean(_ carry: Carry) -> Bool

    /// What comes out of the next samples; nil at the end. After an error it is called again, with what was remembered until
    /// then, and goes on behind what is wrong.
    ///
    /// - Parameter number: of the group, for random choices.
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
