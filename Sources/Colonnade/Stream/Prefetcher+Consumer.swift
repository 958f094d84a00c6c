// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// How items are taken: by threads that wait and help, and by tasks that suspend. One at a time is the rule; copies of an
/// iterator may make it several, and then each item goes to one of them.
extension Prefetcher {
    /// An item, and the row and epoch that it is identified by, where the caller asked for them. Small, since it is copied often.
    typealias Item = (outcome: Outcome, identity: (row: Int, epoch: Int)?)

    private enum Turn {
        case end
        case item(Item, wakeWorkers: Bool)
        /// The next item is put off, and `number` items were handed out before it.
        indirect case make(Recipe, number: Int)
        /// There is nothing, and nobody makes it.
        case own
        /// Another makes what is waited for, and there is time to make what comes then.
        case help
        /// Another makes what is waited for, and takes longer than it took to make all that comes then.
        case again(Claim)
    }

    /// What waiting for an item came to.
    enum Arrival {
        case item(Item)
        case end
        /// Another makes it, and there was no more time to wait.
        case late
    }

    /// The next item, which this thread makes if nobody has begun it; nil at the end.
    func next(withIdentity: Bool = false) -> Item? {
        if case .item(let item) = next(withIdentity: withIdentity, seconds: nil) { item } else { nil }
    }

    /// The same, without waiting longer than that for what others make.
    func next(withIdentity: Bool = false, seconds: Double?) -> Arrival {
        if threads > 0 { startWorkersOnce() }
        while true {
            // What is there is taken without a look at the clock.
            guard let turn = monitor.withLock({ nextTurn(&$0, withIdentity) }) ?? wait(withIdentity, seconds) else {
                return .late
            }
            switch turn {
            case .end:
                do throws(ColonnadeError) {
                    guard try finishChecks(seconds) else { return .late }
                    executor.trimPool()
                    return .end
                } catch {
                    return .item((.failure(error), nil))
                }
            case .item(let item, let wakeWorkers):
                if wakeWorkers { monitor.wakeAll() }
                return .item(checked(item))
            case .make(let work, let number):
                let outcome = make(work)
                // The caller has something else to look after, and comes back for the item.
                if seconds != nil, case .failure(let error) = outcome, error.code == .cancelled { return .late }
                put(outcome, number: number)
            case .own:
                if let claim = claim(ahead: false) { deliver(make(claim)) }
            case .help:
                if let claim = claim() { deliver(make(claim)) }
            case .again(let claim): deliver(make(claim))
            }
        }
    }

    /// The item, or an error if the file turned out to be damaged since it was made.
    private func checked(_ item: Item) -> Item {
        do throws(ColonnadeError) { try executor.checkIntact() } catch { return (.failure(error), item.identity) }
        return item
    }

    /// Puts an item in its place that was put off, unless another thread has done so.
    private func put(_ outcome: Outcome, number: Int) {
        monitor.withLock { state in
            guard state.delivered == number, !state.isCurrentOver, case .later? = state.current.room.items[state.index]
            else { return }
            state.current.room.items[state.index] = outcome
        }
    }

    /// Checks the blocks that no thread has checked, at the end of a pass. Returns false if that takes longer than `seconds`.
    /// Throws `corruptFile`, once.
    private func finishChecks(_ seconds: Double?) throws(ColonnadeError) -> Bool {
        guard monitor.withLock({ !$0.isStopped && !$0.areChecksOver }) else { return true }
        do throws(ColonnadeError) {
            guard try executor.finishChecks(seconds: seconds) else { return false }
        } catch {
            monitor.withLock { $0.areChecksOver = true }
            throw error
        }
        let rooms = monitor.withLock { state in
            state.areChecksOver = true
            defer { (state.rooms, state.current, state.index) = ([], Block(), 0) }
            return (state.rooms, state.current)
        }
        withExtendedLifetime(rooms) {}
        return true
    }

    private func wait(_ withIdentity: Bool, _ seconds: Double?) -> Turn? {
        let start = ContinuousClock.now
        let turn =
            if let seconds {
                monitor.wait(until: Deadline(in: seconds)) { nextTurn(&$0, withIdentity) }
            } else {
                monitor.wait(until: { nextTurn(&$0, withIdentity) })
            }
        let elapsed = ContinuousClock.now - start
        monitor.withLock { $0.record.noteWait(elapsed) }
        return turn
    }

    private func nextTurn(_ state: inout State, _ withIdentity: Bool) -> Turn? {
        if state.isStopped { return .end }
        if let turn = taken(&state, withIdentity) { return turn }
        if state.claimed == state.taken { return state.isExhausted ? .end : .own }
        if !runsUserCode, canClaim(state) { return .help }
        let slot = state.taken % state.making.count
        if let positions = state.making[slot] {
            state.making[slot] = nil
            return .again(
                Claim(number: state.taken, positions: positions, room: state.rooms.popLast() ?? Room()))
        }
        state.isConsumerWaiting = true
        return nil
    }

    /// The next item, or what it is made from where it is put off; nil where it is not ready.
    private func taken(_ state: inout State, _ withIdentity: Bool) -> Turn? {
        guard let item = take(&state, withIdentity) else { return nil }
        if case .later(let work) = item.outcome { return .make(work, number: state.delivered) }
        return .item(item, wakeWorkers: workersToWake(&state))
    }

    /// Takes the next item, unless that is put off.
    private func take(_ state: inout State, _ withIdentity: Bool) -> Item? {
        if state.isCurrentOver {
            // Now, and not with its last item, which the consumer was still to use then.
            if state.index > 0 {
                let room = state.current.room
                (state.current, state.index) = (Block(), 0)
                state.keep(room)
            }
            let slot = state.taken % state.ready.count
            guard let block = state.ready[slot].take() else { return nil }
            state.taken += 1
            grow(&state)
            state.outstanding -= block.room.items.count
            state.current = block
        }
        let index = state.index
        guard let outcome = state.current.room.items[index].take() else {
            preconditionFailure("an item is handed out once")
        }
        if case .later = outcome {
            state.current.room.items[index] = outcome
            return (outcome, nil)
        }
        let identity = withIdentity ? state.current.work(index, of: executor)?.identity : nil
        if !state.current.cursorStates.isEmpty { state.cursorState = state.current.cursorStates[index] }
        state.delivered += 1
        state.isResting = false
        state.index += 1
        return (outcome, identity)
    }

    /// The next item, suspending until a worker has made it; nil at the end, or when the task is cancelled.
    func nextSuspending() async throws(ColonnadeError) -> Sample? {
        if threads == 0 { return Task.isCancelled ? nil : try next()?.outcome.get() }
        startWorkersOnce()
        while !Task.isCancelled {
            let (turn, isAlone) = monitor.withLock { state -> (Turn?, isAlone: Bool) in
                if state.isStopped || state.isExhausted && state.claimed == state.taken && state.isCurrentOver {
                    return (.end, false)
                }
                return (taken(&state, false), state.workers == 0)
            }
            switch turn {
            case .item(let item, let wakeWorkers):
                if wakeWorkers { monitor.wakeAll() }
                return try checked(item).outcome.get()
            case .make(let work, let number):
                put(make(work), number: number)
                continue
            case nil: break
            default:
                // On the task's thread: nothing but memory is waited for, unless pages were evicted.
                _ = try finishChecks(nil)
                return nil
            }
            // Without a single thread there is nobody to wait for.
            if isAlone { return try next()?.outcome.get() }
            let start = ContinuousClock.now
            await waitForItem()
            let elapsed = ContinuousClock.now - start
            monitor.withLock { $0.record.noteWait(elapsed) }
        }
        return nil
    }

    private func waitForItem() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let resumeNow = monitor.withLock { state -> Bool in
                    if state.isStopped || state.isExhausted && state.claimed == state.taken || state.workers == 0
                        || !state.isCurrentOver || Task.isCancelled
                        || state.ready[state.taken % state.ready.count] != nil
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
}
