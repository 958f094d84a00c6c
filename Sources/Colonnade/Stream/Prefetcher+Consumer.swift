// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// How items are taken: by threads that wait and help, and by tasks that suspend. One at a time is the rule; copies of an
/// iterator may make it several, and then each item goes to one of them.
extension Prefetcher {
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
                wake(
                    monitor.withLock { state in
                        state.delivered += 1
                        var whom = consumersToWake(&state)
                        if workersToWake(&state) { whom.threads = true }
                        return whom
                    })
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
        while !Task.isCancelled {
            let (turn, isAlone) = monitor.withLock { state -> (Turn?, isAlone: Bool) in
                if state.isStopped || state.delivered == executor.count { return (.end, false) }
                return (take(&state).map { .ready($0, wakeWorkers: workersToWake(&state)) }, state.workers == 0)
            }
            if case .ready(let outcome, let wakeWorkers) = turn {
                if wakeWorkers { monitor.wakeAll() }
                return try outcome.get()
            }
            if turn != nil { return nil }
            // Without a single thread there is nobody to wait for.
            if isAlone { return try next() }
            await waitForItem()
        }
        return nil
    }

    private func waitForItem() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let resumeNow = monitor.withLock { state -> Bool in
                    if state.isStopped || state.delivered == executor.count || state.workers == 0 || Task.isCancelled
                        || state.slots[state.delivered % depth] != nil
                    {
                        return true
                    }
                    state.suspended.append(continuation)
                    return false
                }
                if resumeNow { continuation.resume() }
            }
        } onCancel: {
            // Which of them is cancelled they see for themselves.
            wake(monitor.withLock { consumersToWake(&$0) })
        }
    }

    private func take(_ state: inout State) -> Outcome? {
        let slot = state.delivered % depth
        guard let outcome = state.slots[slot] else { return nil }
        state.slots[slot] = nil
        state.delivered += 1
        return outcome
    }

    /// Whether a worker sleeps that now has room.
    private func workersToWake(_ state: inout State) -> Bool {
        guard let wanted = state.wantedRoom, room(state) >= wanted else { return false }
        state.wantedRoom = nil
        return true
    }
}
