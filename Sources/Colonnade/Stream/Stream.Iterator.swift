// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

extension Stream: AsyncSequence {
    public typealias Element = Sample
    public typealias Failure = ColonnadeError

    /// One pass over a stream. Copies share their place. Letting go of it stops its threads.
    public struct Iterator: AsyncIteratorProtocol {
        private let pass: any Pass

        init(_ pass: any Pass) { self.pass = pass }

        /// The next sample or batch, nil at the end; waits if it is not ready.
        ///
        /// Throws `corruptFile` with row and column, `userFunction`, `invalidArgument` for a batch that padding would make
        /// too large. After an error it goes on behind it.
        public mutating func next() throws(ColonnadeError) -> Sample? { try pass.next() }

        /// The same, suspending instead of waiting. A cancelled task gets nil.
        public mutating func next() async throws(ColonnadeError) -> Sample? { try await pass.nextSuspending() }

        /// The same, for `for try await`.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(ColonnadeError) -> Sample? {
            try await pass.nextSuspending()
        }
    }

    /// A pass that is pulled without `await`.
    public func makeIterator() -> Iterator {
        let executor = Executor(buffer.pipeline, epoch: epochNumber, pool: pool)
        guard let prefetching else { return Iterator(DirectPass(executor)) }
        return Iterator(PrefetchedPass(Prefetcher(executor, depth: prefetching.depth, threads: prefetching.threads)))
    }

    public func makeAsyncIterator() -> Iterator { makeIterator() }
}

/// A pass in progress.
protocol Pass: AnyObject, Sendable {
    func next() throws(ColonnadeError) -> Sample?
    func nextSuspending() async throws(ColonnadeError) -> Sample?
}
