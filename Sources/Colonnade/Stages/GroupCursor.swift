// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A pass over a `GroupStage`. Its state is that of the upstream before the latest group that began with a clean carry,
/// and the number of samples after that point.
final class GroupCursor<Kind: GroupStage>: StageCursor {
    private let stage: Kind
    private let pass: PassContext
    private let upstream: any StageCursor
    private var carry: Kind.Carry
    private var ready: [Recipe] = []
    private var index = 0
    private var number = 0
    /// The state of the upstream and the number of the group at the latest clean carry, and the number of samples and
    /// errors returned after it.
    private var cleanState: CursorState
    private var cleanNumber = 0
    private var since = 0

    init(_ stage: Kind, _ upstream: any StageCursor, _ pass: PassContext) {
        self.stage = stage
        self.upstream = upstream
        self.pass = pass
        carry = stage.initialCarry
        cleanState = upstream.state
    }

    func next() throws(ColonnadeError) -> Recipe? {
        while index == ready.count {
            if stage.isClean(carry) {
                (cleanState, cleanNumber, since) = (upstream.state, number, 0)
            }
            do throws(ColonnadeError) {
                guard let group = try stage.group(number, &carry, upstream, pass) else { return nil }
                (ready, index) = (group, 0)
                number += 1
            } catch {
                since += 1
                throw error
            }
        }
        index += 1
        since += 1
        defer {
            // The cursor keeps no samples that it has returned.
            if index == ready.count { (ready, index) = ([], 0) }
        }
        return ready[index - 1]
    }

    var state: CursorState {
        if index == ready.count, stage.isClean(carry) {
            return CursorState(numbers: [number, 0], upstreams: [upstream.state])
        }
        return CursorState(numbers: [cleanNumber, since], upstreams: [cleanState])
    }

    func restore(_ state: CursorState) throws(ColonnadeError) {
        try state.check(numbers: 2, upstreams: 1)
        number = state.numbers[0]
        try upstream.restore(state.upstreams[0])
        (cleanState, cleanNumber) = (state.upstreams[0], number)
        for _ in 0..<state.numbers[1] {
            do throws(ColonnadeError) {
                guard try next() != nil else { return }
            } catch {
                // The original pass reported this error already.
                continue
            }
        }
    }
}
