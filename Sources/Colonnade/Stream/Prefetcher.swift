// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// Makes the items of a pass ahead of time on threads of its own, and hands them over in order.
///
/// Workers claim the next positions, several at a time where items are so small that handing each over would cost more than
/// making it. Who waits for an item that nobody has claimed makes it himself, and who waits for a small one makes another
/// meanwhile.
final class Prefetcher: Sendable {
    typealias Outcome = Result<Sample, ColonnadeError>

    struct State {
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
        /// Threads that wait for an item, if any, and tasks: more than one where copies of an iterator are pulled at once.
        var isConsumerWaiting = false
        var suspended: [CheckedContinuation<Void, Never>] = []
        var hasStarted = false
        var workers = 0
    }

    /// Whom a change of the state concerns; woken once the lock is open.
    struct Wake {
        var threads = false
        var tasks: [CheckedContinuation<Void, Never>] = []
    }

    /// An item this long is handed over alone; shorter ones together until they are.
    private static let handOver: Duration = .microseconds(40)
    /// Waiting for an item costs about two hand-overs; making another that is no dearer than a few is no loss of time.
    static let smallItem: Duration = .microseconds(200)

    let executor: Executor
    let depth: Int
    private let threads: Int
    let monitor: Monitor<State>

    init(_ executor: Executor, depth: Int, threads: Int) {
        self.executor = executor
        // A depth beyond the items there are is a way to say "all of them", and must not take memory for itself.
        self.depth = min(depth, max(executor.count, 1))
        self.threads = min(threads, self.depth)
        monitor = Monitor(State(slots: Array(repeating: nil, count: self.depth)))
    }

    /// Ends the workers after the items that they are making, and lets go of what is ready.
    func stop() {
        let (tasks, unread) = monitor.withLock { state in
            state.isStopped = true
            defer { (state.suspended, state.slots) = ([], []) }
            return (state.suspended, state.slots)
        }
        withExtendedLifetime(unread) { wake(Wake(threads: true, tasks: tasks)) }
    }

    func wake(_ whom: Wake) {
        if whom.threads { monitor.wakeAll() }
        for task in whom.tasks { task.resume() }
    }

    // MARK: Workers

    /// Starts the threads on first use, so that a stream nobody reads costs nothing.
    func startWorkersOnce() {
        let isFirst = monitor.withLock { state in
            guard !state.hasStarted, !state.isStopped else { return false }
            state.hasStarted = true
            state.workers = threads
            return true
        }
        guard isFirst else { return }
        for started in 0..<threads {
            do throws(ColonnadeError) {
                try WorkerThread.start { self.work() }
            } catch {
                // Fewer threads are slower and as right: the consumer makes what nobody has claimed.
                wake(
                    monitor.withLock { state in
                        state.workers = started
                        return consumersToWake(&state)
                    })
                return
            }
        }
    }

    private func work() {
        var several = 1
        while let positions = claim(several) {
            let elapsed = ContinuousClock().measure {
                for position in positions {
                    guard deliver(make(position), at: position) else { return }
                }
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
    func room(_ state: State) -> Int { state.delivered + depth - state.claimed }

    func make(_ position: Int) -> Outcome {
        do throws(ColonnadeError) { return .success(try executor.produce(position)) } catch { return .failure(error) }
    }

    /// Puts an item where the consumer finds it; false if the work is over.
    @discardableResult
    func deliver(_ outcome: Outcome, at position: Int) -> Bool {
        let whom = monitor.withLock { state -> Wake? in
            guard !state.isStopped else { return nil }
            state.slots[position % depth] = outcome
            return position == state.delivered ? consumersToWake(&state) : Wake()
        }
        guard let whom else { return false }
        wake(whom)
        return true
    }

    /// All who wait: the next item is there, or it has become another one.
    func consumersToWake(_ state: inout State) -> Wake {
        defer { (state.isConsumerWaiting, state.suspended) = (false, []) }
        return Wake(threads: state.isConsumerWaiting, tasks: state.suspended)
    }
}
