// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// A pass over a stream in progress. Its threads end when it is released.
final class Pass: Sendable {
    private struct Identity {
        let dataset: UInt64
        let pipeline: UInt64
        let steps: String?
    }

    /// Nil where the pass could not begin.
    let prefetcher: Prefetcher?
    /// Why it could not; said once.
    private let failure: Monitor<ColonnadeError?>
    /// The source of the stream, and the source from the point where the pass began.
    private let pipeline: Pipeline
    private let rest: Pipeline
    private let epoch: Int
    private let origin: Int
    private let identity = Monitor<Identity?>(nil)
    private let forkCount = Syscalls.forkCount

    init(_ stream: Stream) {
        pipeline = stream.pipeline
        epoch = stream.epochNumber
        MappedFile.keepGuard()
        let times = StepTimes()
        do throws(ColonnadeError) {
            let cursor = try stream.makeCursor(times)
            (origin, rest) = (cursor.origin, cursor.pipeline)
            let prefetcher = Prefetcher(cursor, stream.prefetching, times: times)
            stream.latest.set(prefetcher)
            self.prefetcher = prefetcher
            failure = Monitor(nil)
        } catch {
            (origin, rest) = (0, stream.pipeline)
            prefetcher = nil
            failure = Monitor(error)
        }
    }

    deinit {
        // In a forked child the threads are missing, and one of them may have held a lock.
        if isOwned { prefetcher?.stop() }
    }

    /// Whether this is the process that began the pass, and no child of it.
    var isOwned: Bool { forkCount == Syscalls.forkCount }

    func checkProcess() throws(ColonnadeError) {
        if isOwned { return }
        throw ColonnadeError(.system, Self.forked)
    }

    private static let forked =
        "this pass was begun before the process forked, and its threads are in the parent: begin another one in the child"

    func next() throws(ColonnadeError) -> Sample? {
        try checkProcess()
        guard let prefetcher else { return try fail() }
        return try prefetcher.next()?.outcome.get()
    }

    func nextSuspending() async throws(ColonnadeError) -> Sample? {
        try checkProcess()
        guard let prefetcher else { return try fail() }
        return try await prefetcher.nextSuspending()
    }

    private func fail() throws(ColonnadeError) -> Sample? {
        let error = failure.withLock { failure in
            defer { failure = nil }
            return failure
        }
        if let error { throw error }
        return nil
    }

    var position: Position {
        precondition(isOwned, Self.forked)
        let (delivered, place) = prefetcher?.monitor.withLock { ($0.delivered, $0.place) } ?? (0, nil)
        let identity = identity.withLock { identity in
            let known =
                identity
                ?? Identity(
                    dataset: pipeline.identity, pipeline: pipeline.fingerprint(), steps: PassSteps(pipeline).text)
            identity = known
            return known
        }
        return Position(
            dataset: identity.dataset, pipeline: identity.pipeline, seed: pipeline.seed, epoch: epoch,
            samples: place?.numbers.last ?? rest.samples(before: delivered, origin: origin), steps: identity.steps,
            place: place ?? Place(numbers: []))
    }
}
