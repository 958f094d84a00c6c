// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

extension Stream: AsyncSequence {
    public typealias Element = Sample
    public typealias Failure = ColonnadeError

    /// One pass over a stream. Copies share its progress, and may be pulled by several threads: each sample goes to one of them.
    /// Its threads stop when the last copy is released. They then wait two seconds for another pass, and end.
    public struct Iterator: AsyncIteratorProtocol, Sendable {
        private let pass: Pass

        init(_ pass: Pass) { self.pass = pass }

        /// Returns the next sample or batch, or nil at the end. Waits until it is ready.
        ///
        /// Throws `corruptFile` with row and column, `userFunction`, `invalidArgument` for a batch that padding would
        /// make too large, `system` in a child that forked from the process of the pass. After an error, the next call
        /// continues with the item after the one that failed. At the end it throws `corruptFile` once, if a block that
        /// was read is damaged: see `StoredDataset.Verification`.
        public mutating func next() throws(ColonnadeError) -> Sample? { try pass.next() }

        /// Returns the next sample as `next()` does, suspending instead of waiting. A cancelled task gets nil.
        public mutating func next() async throws(ColonnadeError) -> Sample? { try await pass.nextSuspending() }

        /// Returns the next sample for `for try await`.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(ColonnadeError) -> Sample? {
            try await pass.nextSuspending()
        }

        /// The position before the next sample. Prefetched samples that were not returned do not count. O(1). Traps in a child that
        /// forked from the process of the pass.
        public var position: Position { pass.position }

        /// Throws `system` in a child that forked from the process of the pass, since the threads of the pass are in
        /// the parent.
        package func checkProcess() throws(ColonnadeError) { try pass.checkProcess() }

        /// Returns the next sample or batch, or `late` if waiting for other threads would take longer: for callers that must check
        /// for something else meanwhile, such as signals. The time for samples that the calling thread makes is not limited.
        package func next(within seconds: Double) throws(ColonnadeError) -> Arrival {
            try pass.next(within: seconds)
        }

        /// Returns the next sample or batch if it is ready; nil if it must be made or waited for, and at the end.
        package func nextIfReady() throws(ColonnadeError) -> Sample? { try pass.nextIfReady() }

        /// Ends the pass, also for a thread that waits for a sample: from now on `next` returns nil.
        public func stop() { if pass.isOwned { pass.prefetcher?.stop() } }

        /// The statistics of the pass; nil in a child that forked from the process of the pass.
        public func statistics() -> StreamStatistics? { pass.isOwned ? pass.prefetcher?.statistics() : nil }
    }

    /// The outcome of waiting for a sample.
    package enum Arrival {
        case sample(Sample)
        case end
        case late
    }

    /// Begins a pass for callers without `await`.
    public func makeIterator() -> Iterator { Iterator(Pass(self)) }

    public func makeAsyncIterator() -> Iterator { makeIterator() }
}
