// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// Makes the items of a pass ahead of time on threads of its own, and hands them over in order.
///
/// Workers claim the next positions, several at a time where items are so small that handing each over would cost more than
/// making it. Who waits for an item that nobody has claimed makes it himself, and who waits for a small one makes another
/// meanwhile.
final class Prefetcher: Sendable {
    private typealias Outcome = Result<Sample, ColonnadeError>

    private struct State {
        /// Next position to be claimed, and to be delivered.
        var claimed = 0
        var delivered = 0
        /// Ready items by position modulo depth.
        var slots: [Outcome?]
        var isStopped = false
        /// The least room that a sleeping worker waits for; nil if none sleeps.
        var wantedRoom: Int?
        /// What making one item took of late.
        var cost = Duration.zero
        var isConsumerWaiting = false
        var suspended: CheckedContinuation<Void, Never>?
        var workers = 0
    }

    /// An item this long is handed over alone; shorter ones together until they are.
    private static let handOver: Duration = .microseconds(40)
    /// Waiting for an item costs about two hand-overs; making another that is no dearer than a few is no loss of time.
    private static let smallItem: Duration = .microseconds(200)

    private let executor: Executor
    private let depth: Int
    private let threads: Int
    private let monitor: Monitor<State>

    init(_ executor: Executor, depth: Int, threads: Int) {
        self.executor = executor
        // More than there are items is no deeper, and every place takes memory.
        let depth = min(depth, max(1, executor.count))
        self.depth = depth
        self.threads = min(threads, depth)
        monitor = Monitor(State(slots: Array(repeating: nil, count: depth)))
    }

    /// Ends the workers after the items that they are making.
    func stop() {
        let suspended = monitor.withLock { state in
            state.isStopped = true
            defer { state.suspended = nil }
            return state.suspended
        }
        monitor.wakeAll()
        suspended?.resume()
    }

    // MARK: Workers

    /// Starts what is missing of the threads: on first use, so that a stream nobody reads costs nothing.
    private func startWorkers() {
        let missing = monitor.withLock { state in
            defer { if !state.isStopped { state.workers = threads } }
            return state.isStopped ? 0 : threads - state.workers
        }
        for _ in 0..<missing {
            do throws(ColonnadeError) {
                try WorkerThread.start { self.work() }
            } catch {
                // Fewer threads are slower and as right: the consumer makes what nobody has claimed.
                monitor.withLock { $0.workers -= 1 }
                return
            }
        }
    }

    private func work() {
        var several = 1
        while let positions = claim(several) {
            let elapsed = ContinuousClock().measure {
                for position in positions { deliver(make(position), at: position) }
            }
            let each = elapsed / positions.count
            monitor.withLock { $0.cost = each }
            several = max(1, min(depth / (threads + 1), each > .zero ? Int(Prefetcher.handOver / each) : depth))
        }
    }

    /// Up to `several` next positions; waits while there is no room. Nil when the work is over.
    private func claim(_ several: Int) -> Range<Int>? {
        monitor.wait { state -> Range<Int>?? in
            let rest = executor.count - state.claimed
            if state.isStopped || rest == 0 { return .some(nil) }
            // Waking for a single small item is what taking several avoids.
            guard room(state) >= min(several, rest) else {
                state.wantedRoom = min(state.wantedRoom ?? .max, several, rest)
                return nil
            }
            let count = min(room(state), several, rest)
            defer { state.claimed += count }
            return state.claimed..<state.claimed + count
        }
    }

    /// Items that may be claimed before others are delivered.
    private func room(_ state: State) -> Int { state.delivered + depth - state.claimed }

    private func make(_ position: Int) -> Outcome {
        do throws(ColonnadeError) { return .success(try executor.produce(position)) } catch { return .failure(error) }
    }

    private func deliver(_ outcome: Outcome, at position: Int) {
        let (wake, suspended) = monitor.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
            guard !state.isStopped else { return (false, nil) }
            state.slots[position % depth] = outcome
            guard position == state.delivered else { return (false, nil) }
            defer {
                state.isConsumerWaiting = false
                state.suspended = nil
            }
            return (state.isConsumerWaiting, state.suspended)
        }
        if wake { monitor.wakeAll() }
        suspended?.resume()
    }

    // MARK: Consumer

    private enum Turn {
        case end
        case ready(Outcome, wakeWorkers: Bool)
        /// To be made by this thread, since nobody has begun it.
        case own(Int)
        /// To be made by this thread while another makes the one that is waited for.
        case another(Int)
    }

    /// The next item, which this thread makes if nobody has begun it; nil at the end.
    func next() throws(ColonnadeError) -> Sample? {
        startWorkersOnce()
        while true {
            switch monitor.wait(until: { turn(&$0) }) {
            case .end: return nil
            case .ready(let outcome, let wakeWorkers):
                if wakeWorkers { monitor.wakeAll() }
                return try outcome.get()
            case .own(let position):
                let outcome = make(position)
                let wake = monitor.withLock { state in
                    state.delivered += 1
                    defer { state.isConsumerWaiting = false }
                    return workersToWake(&state) || state.isConsumerWaiting
                }
                if wake { monitor.wakeAll() }
                return try outcome.get()
            case .another(let position):
                deliver(make(position), at: position)
            }
        }
    }

    private func turn(_ state: inout State) -> Turn? {
        if state.isStopped || state.delivered == executor.count { return .end }
        if let outcome = take(&state) { return .ready(outcome, wakeWorkers: workersToWake(&state)) }
        if state.claimed == state.delivered {
            state.claimed += 1
            return .own(state.delivered)
        }
        if state.cost < Prefetcher.smallItem, state.claimed < executor.count, room(state) > 0 {
            state.claimed += 1
            return .another(state.claimed - 1)
        }
        state.isConsumerWaiting = true
        return nil
    }

    /// The next item, suspending until a worker has made it; nil at the end, or when the task is cancelled.
    func nextSuspending() async throws(ColonnadeError) -> Sample? {
        startWorkersOnce()
        // Without a single thread there is nobody to wait for.
        if monitor.withLock({ $0.workers == 0 && !$0.isStopped }) { return try next() }
        while true {
            if Task.isCancelled { return nil }
            let turn = monitor.withLock { state -> Turn? in
                if state.isStopped || state.delivered == executor.count { return .end }
                return take(&state).map { .ready($0, wakeWorkers: workersToWake(&state)) }
            }
            guard let turn else {
                await waitForItem()
                continue
            }
            guard case .ready(let outcome, let wakeWorkers) = turn else { return nil }
            if wakeWorkers { monitor.wakeAll() }
            return try outcome.get()
        }
    }

    private func waitForItem() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let resumeNow = monitor.withLock { state -> Bool in
                    if state.isStopped || Task.isCancelled || state.slots[state.delivered % depth] != nil {
                        return true
                    }
                    state.suspended = continuation
                    return false
                }
                if resumeNow { continuation.resume() }
            }
        } onCancel: {
            let suspended = monitor.withLock { state in
                defer { state.suspended = nil }
                return state.suspended
            }
            suspended?.resume()
        }
    }

    private func take(_ state: inout State) -> Outcome? {
        let slot = state.delivered % depth
        guard let outcome = state.slots[slot] else { return nil }
        state.slots[slot] = nil
        state.delivered += 1
        return outcome
    }

    private func startWorkersOnce() {
        if monitor.withLock({ $0.workers == 0 }) { startWorkers() }
    }

    /// Whether a worker sleeps that now has room.
    private func workersToWake(_ state: inout State) -> Bool {
        guard let wanted = state.wantedRoom, room(state) >= wanted else { return false }
        state.wantedRoom = nil
        return true
    }
}

/// A pass whose items are made ahead; its end is the end of the threads.
final class PrefetchedPass: Pass {
    private let prefetcher: Prefetcher

    init(_ prefetcher: Prefetcher) { self.prefetcher = prefetcher }

    deinit { prefetcher.stop() }

    func next() throws(ColonnadeError) -> Sample? { try prefetcher.next() }

    func nextSuspending() async throws(ColonnadeError) -> Sample? { try await prefetcher.nextSuspending() }
}
