// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import Colonnade
internal import ColonnadeCore

/// The object of a `colonnade_pass`: an iterator that any number of threads may call.
final class PassHandle: Sendable {
    private let iterator: Colonnade.Stream.Iterator
    let copyRule: CopyRule

    init(_ stream: Colonnade.Stream, _ copyRule: CopyRule) {
        iterator = stream.makeIterator()
        self.copyRule = copyRule
    }

    func next() throws(ColonnadeError) -> Sample? {
        // Copies of an iterator share the state of the pass.
        var iterator = iterator
        return try iterator.next()
    }

    func next(within seconds: Double) throws(ColonnadeError) -> Colonnade.Stream.Arrival {
        try iterator.next(within: seconds)
    }

    /// Returns the next sample if it is ready, and C receives it without a copy; nil otherwise. The time does not depend on the
    /// size of the sample.
    func nextIfReady() throws(ColonnadeError) -> Sample? {
        copyRule.isBatched && !copyRule.isCopying ? try iterator.nextIfReady() : nil
    }

    func checkProcess() throws(ColonnadeError) { try iterator.checkProcess() }
    func stop() { iterator.stop() }
    var position: Position { iterator.position }
    func statistics() -> StreamStatistics? { iterator.statistics() }
}
