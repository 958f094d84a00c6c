// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// The consumer of the items of a pass. On a thread it waits, and makes blocks meanwhile; in a task it suspends.
/// Usually a pass has one consumer. Copies of an iterator may be used by several threads at once, and then each item
/// goes to one of them.
///
/// | condition (the first that holds decides) | action of the consumer |
/// |---|---|
/// | the pass is stopped | `end` |
/// | the threads of the pass are not started | `startWorkers` |
/// | the next item is made | `takeItem` |
/// | the next item is postponed | `makeItem` |
/// | all claimed blocks were taken, and there are no more | `end` |
/// | all claimed blocks were taken | `makeNextBlock` |
/// | there is capacity for a later block, and no function of the user runs | `makeLaterBlock` |
/// | the block of the next item may be made twice | `makeAgain` |
/// | another thread makes the next item | waits |
struct Consumer: Sendable {
    private enum Action {
        case end
        case startWorkers
        case takeItem(Block.Item, wakesWorkers: Bool)
        /// The next item is postponed, and the consumer has taken `delivered` items before it.
        indirect case makeItem(Recipe, after: Int)
        case makeNextBlock
        case makeLaterBlock
        indirect case makeAgain(Block)
    }

    private let prefetcher: Prefetcher

    init(_ prefetcher: Prefetcher) { self.prefetcher = prefetcher }

    private var monitor: Monitor<Prefetcher.State> { prefetcher.monitor }

    // MARK: Threads

    /// Returns the next item; nil at the end. This thread makes the item if no other thread has claimed it. Throws the
    /// error of an item, and `corruptFile` if a file was found to be damaged after the item was made, or at the end.
    func next() throws(ColonnadeError) -> Sample? {
        if case .sample(let sample) = try next(within: nil) { sample } else { nil }
    }

    /// Returns the next item if a thread has made it; nil if it is not ready, or if there are no more. Makes nothing and does not
    /// wait. Throws the errors of `next()`.
    func nextIfReady() throws(ColonnadeError) -> Sample? {
        let action = monitor.withLock { state in state.phase == .stopped ? nil : itemAction(&state) }
        guard case .takeItem(let item, let wakesWorkers)? = action else { return nil }
        return try deliver(item, wakesWorkers: wakesWorkers)
    }

    /// Returns the next item as `next()` does, or `late` if waiting for other threads takes longer than a number of
    /// seconds.
    func next(within seconds: Double?) throws(ColonnadeError) -> Stream.Arrival {
        while true {
            // A ready item is taken without reading the clock.
            guard let action = monitor.withLock(nextAction) ?? wait(seconds) else { return .late }
            switch action {
            case .end:
                guard try finishChecks(seconds) else { return .late }
                prefetcher.trimPool()
                return .end
            case .startWorkers: prefetcher.startWorkersOnce()
            case .takeItem(let item, let wakesWorkers):
                return .sample(try deliver(item, wakesWorkers: wakesWorkers))
            case .makeItem(let recipe, let delivered):
                let item = prefetcher.maker.make(recipe)
                // The caller handles a signal first, and then calls again for the item.
                if seconds != nil, case .failed(let error) = item, error.code == .cancelled { return .late }
                monitor.withLock { $0.queue.replace(after: delivered, with: item) }
            case .makeNextBlock:
                if let block = prefetcher.claim(ahead: false) { prefetcher.finish(prefetcher.make(block)) }
            case .makeLaterBlock:
                if let block = prefetcher.claim() { prefetcher.finish(prefetcher.make(block)) }
            case .makeAgain(let block): prefetcher.finish(prefetcher.make(block))
            }
        }
    }

    /// Returns an item that was taken. Throws its error, and `corruptFile` if a file was found to be damaged.
    private func deliver(_ item: consuming Block.Item, wakesWorkers: Bool) throws(ColonnadeError) -> Sample {
        if wakesWorkers { monitor.wakeAll() }
        try prefetcher.maker.rows?.checkIntact()
        return try item.get()
    }

    /// Waits for an action. Returns nil if there is none within a number of seconds.
    private func wait(_ seconds: Double?) -> Action? {
        let start = ContinuousClock.now
        let polls = monitor.withLock { $0.record.shortWait.isLikely }
        let action =
            if polls, let action = monitor.poll(for: ShortWait.limit, nextAction) {
                action
            } else if let seconds {
                monitor.wait(until: Deadline(in: seconds), nextAction)
            } else {
                monitor.wait(until: nextAction)
            }
        noteWait(since: start)
        return action
    }

    private func noteWait(since start: ContinuousClock.Instant) {
        let elapsed = ContinuousClock.now - start
        monitor.withLock { $0.record.noteWait(elapsed) }
    }

    /// Returns the action for a state; nil if the consumer must wait.
    private func nextAction(_ state: inout Prefetcher.State) -> Action? {
        if state.phase == .stopped { return .end }
        if state.workers == nil, prefetcher.threads > 0 { return .startWorkers }
        if let action = itemAction(&state) { return action }
        if state.queue.isEmpty { return state.phase == .running ? .makeNextBlock : .end }
        if !prefetcher.runsUserCode, state.canClaim { return .makeLaterBlock }
        if let block = state.queue.beginAgain() { return .makeAgain(block) }
        state.isConsumerWaiting = true
        return nil
    }

    /// Returns the action that takes the next item, or makes it if it is postponed; nil if it is not ready.
    private func itemAction(_ state: inout Prefetcher.State) -> Action? {
        guard let item = state.nextItem() else { return nil }
        if case .postponed(let recipe) = item { return .makeItem(recipe, after: state.queue.delivered) }
        return .takeItem(item, wakesWorkers: state.takeWaitingWorkers())
    }

    // MARK: The end of a pass

    /// Checks the blocks of files that no thread has checked. Returns false if that takes longer than a number of
    /// seconds. Throws `corruptFile` once.
    private func finishChecks(_ seconds: Double?) throws(ColonnadeError) -> Bool {
        guard monitor.withLock({ $0.phase == .exhausted }) else { return true }
        do throws(ColonnadeError) {
            guard try prefetcher.maker.rows?.finishChecks(seconds: seconds) ?? true else { return false }
        } catch {
            finish()
            throw error
        }
        finish()
        return true
    }

    private func finish() {
        let blocks = monitor.withLock { state -> [Block] in
            if state.phase == .exhausted { state.phase = .finished }
            return state.queue.removeAll()
        }
        withExtendedLifetime(blocks) {}
    }

    // MARK: Tasks

    /// Returns the next item, and suspends until a worker has made it. Returns nil at the end, or if the task is
    /// cancelled.
    func nextSuspending() async throws(ColonnadeError) -> Sample? {
        if prefetcher.threads == 0 { return Task.isCancelled ? nil : try next() }
        prefetcher.startWorkersOnce()
        while !Task.isCancelled {
            let (action, isAlone, polls) = monitor.withLock { state -> (Action?, isAlone: Bool, polls: Bool) in
                let polls = state.record.shortWait.isLikely
                if state.phase == .stopped || state.isOver { return (.end, false, polls) }
                return (itemAction(&state), state.workers == 0, polls)
            }
            switch action {
            case .takeItem(let item, let wakesWorkers): return try deliver(item, wakesWorkers: wakesWorkers)
            case .makeItem(let recipe, let delivered):
                let item = prefetcher.maker.make(recipe)
                monitor.withLock { $0.queue.replace(after: delivered, with: item) }
                continue
            case nil: break
            default:
                // This waits for nothing but memory, unless pages were evicted, so it may run on the thread of the task.
                _ = try finishChecks(nil)
                return nil
            }
            // Without workers, no other thread makes the item.
            if isAlone { return try next() }
            let start = ContinuousClock.now
            // Polling is so short that it may block the thread of the task.
            if !polls || monitor.poll(for: ShortWait.limit, endOfWait) == nil { await waitForItem() }
            noteWait(since: start)
        }
        return nil
    }

    /// Returns whether a task need not wait: there is an item, or no worker will make one.
    private func isWaitOver(_ state: Prefetcher.State) -> Bool {
        state.phase == .stopped || state.phase != .running && state.queue.isEmpty || state.workers == 0
            || state.queue.hasNext
    }

    /// Returns a value if a task need not wait; otherwise asks to be woken, and returns nil.
    private func endOfWait(_ state: inout Prefetcher.State) -> Void? {
        if isWaitOver(state) { return () }
        state.isConsumerWaiting = true
        return nil
    }

    private func waitForItem() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let resumesNow = monitor.withLock { state -> Bool in
                    if isWaitOver(state) || Task.isCancelled { return true }
                    state.suspended.append(continuation)
                    return false
                }
                if resumesNow { continuation.resume() }
            }
        } onCancel: {
            // All tasks wake, and each one checks whether it is cancelled.
            prefetcher.wake(monitor.withLock { $0.takeWaitingConsumers() })
        }
    }
}
