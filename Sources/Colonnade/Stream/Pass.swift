// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// A pass in progress over a stream. Its threads stop working for it when it is released.
final class Pass: Sendable {
    private struct Identity {
        let dataset: UInt64
        let pipeline: UInt64
        let steps: String?
    }

    /// The prefetcher; nil if the pass could not begin.
    let prefetcher: Prefetcher?
    private let consumer: Consumer?
    /// The error because of which the pass could not begin. It is thrown once.
    private let failure: Monitor<ColonnadeError?>
    private let plan: StreamPlan
    /// The counter of the samples that the pass has returned; nil if the cursor state contains that number.
    private let counter: SampleCounter?
    private let epoch: Int
    private let identity = Monitor<Identity?>(nil)
    private let forkCount = Syscalls.forkCount

    init(_ stream: Stream) {
        plan = stream.plan
        epoch = stream.epochNumber
        MappedFile.keepGuard()
        let times = StepTimes()
        do throws(ColonnadeError) {
            let cursor = try stream.makeCursor(times)
            counter = cursor.counter
            let prefetcher = Prefetcher(cursor, stream.prefetching, times: times)
            stream.latest.set(prefetcher)
            self.prefetcher = prefetcher
            consumer = Consumer(prefetcher)
            failure = Monitor(nil)
        } catch {
            counter = nil
            prefetcher = nil
            consumer = nil
            failure = Monitor(error)
        }
    }

    deinit {
        // In a forked child the threads are missing, and one of them may have held a lock.
        if isOwned { prefetcher?.stop() }
    }

    /// Whether this process began the pass; false in a forked child.
    var isOwned: Bool { forkCount == Syscalls.forkCount }

    func checkProcess() throws(ColonnadeError) {
        if isOwned { return }
        throw ColonnadeError(.system, Self.forked)
    }

    private static let forked =
        "this pass was begun before the process forked, and its threads are in the parent: begin another one in the child"

    func next() throws(ColonnadeError) -> Sample? {
        try checkProcess()
        guard let consumer else { return try fail() }
        return try consumer.next()
    }

    func next(within seconds: Double) throws(ColonnadeError) -> Stream.Arrival {
        try checkProcess()
        guard let consumer else { return try fail().map { .sample($0) } ?? .end }
        return try consumer.next(within: seconds)
    }

    func nextIfReady() throws(ColonnadeError) -> Sample? {
        try checkProcess()
        return try consumer?.nextIfReady()
    }

    func nextSuspending() async throws(ColonnadeError) -> Sample? {
        try checkProcess()
        guard let consumer else { return try fail() }
        return try await consumer.nextSuspending()
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
        let (delivered, cursorState) = prefetcher?.progress ?? (0, nil)
        let identity = identity.withLock { identity in
            let known =
                identity
                ?? Identity(
                    dataset: plan.identity, pipeline: plan.fingerprint(), steps: PassSteps(plan).text)
            identity = known
            return known
        }
        return Position(
            dataset: identity.dataset, pipeline: identity.pipeline, seed: plan.seed, epoch: epoch,
            samples: cursorState?.numbers.last ?? counter?.samples(before: delivered) ?? 0, steps: identity.steps,
            cursorState: cursorState ?? CursorState(numbers: []))
    }
}
