// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore
import ColonnadeSystem

/// Makes the items of a pass, ahead of time where there are threads for it, and hands them over in order.
///
/// Items come in blocks: several where they are so small that handing each over would cost more than making it. Threads claim
/// blocks in order and make them side by side. Who waits for a block that nobody has claimed makes it himself, and who waits
/// for a small one makes another meanwhile; and if there is no room for another, that one too, since the thread that began it
/// has been put to sleep then. Without threads that is all there is to it.
///
/// The first blocks are small, so that a pass of which little is taken holds little; and a pass that nobody reads for a while lets
/// go of what is ready: see `rest`.
final class Prefetcher: Sendable {
    let executor: any Executor
    /// Then who waits makes nothing but what he waits for: another item may take for ever.
    let runsUserCode: Bool
    let threads: Int
    let bounds: Bounds
    let monitor: Monitor<State>
    private let source: Monitor<PassSource>
    let times: StepTimes?

    /// Disks are busy with far fewer, and each has a stack.
    private static let mostThreads = 256

    /// A consumer that takes nothing for so long has something else to do: making its next items again then costs far less than
    /// it spends on each.
    private let idleSeconds: Double

    init(_ cursor: any PassCursor, _ prefetching: Prefetching?, times: StepTimes? = nil, idleSeconds: Double = 1) {
        executor = cursor.executor
        runsUserCode = cursor.runsUserCode
        self.times = times
        self.idleSeconds = idleSeconds
        bounds = Bounds(prefetching, cursor.executor)
        threads = min(prefetching?.threads ?? 0, bounds.depth, Prefetcher.mostThreads)
        monitor = Monitor(State(bounds))
        source = Monitor(PassSource(cursor))
        monitor.withLock { $0.cursorState = cursor.executor.count == nil ? cursor.state : nil }
    }

    /// Ends the workers after the blocks that they are making, and lets go of what is ready.
    func stop() {
        let (tasks, unread) = monitor.withLock { state in
            state.isStopped = true
            defer {
                (state.suspended, state.ready, state.rooms) = ([], state.ready.map { _ in nil }, [])
                (state.current, state.index) = (Block(), 0)
            }
            return (state.suspended, (state.ready, state.current, state.rooms))
        }
        executor.stopWarming()
        withExtendedLifetime(unread) { wake(Wake(threads: true, tasks: tasks)) }
        // What was not read has been let go of by now.
        executor.trimPool()
    }

    func wake(_ whom: Wake) {
        if whom.threads { monitor.wakeAll() }
        // Nearly always none; the loop alone makes the first call slow, because of what it needs to know of the type.
        if !whom.tasks.isEmpty { Prefetcher.resume(whom.tasks) }
    }

    @inline(never) private static func resume(_ tasks: [CheckedContinuation<Void, Never>]) {
        for task in tasks { task.resume() }
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
        while waitForRoom() {
            guard let claim = claim() else { continue }
            guard deliver(make(claim)) else { return }
        }
    }

    /// False when the work is over.
    private func waitForRoom() -> Bool {
        while true {
            if let isWork = monitor.withLock(isWork) { return isWork }
            let (delivered, isResting) = monitor.withLock { ($0.delivered, $0.isResting) }
            let seconds = isResting ? 60 * idleSeconds : idleSeconds
            if let isWork = monitor.wait(until: Deadline(in: seconds), isWork) { return isWork }
            rest(after: delivered)
        }
    }

    /// Nil while there is no room.
    private func isWork(_ state: inout State) -> Bool? {
        if state.isStopped || state.isExhausted { return false }
        if hasRoom(state) { return true }
        state.sleepingWorkers += 1
        return nil
    }

    /// The next block, to be made by who asks; nil where there is none, or no room for it. One at a time decides what comes
    /// next, and others may take what is ready meanwhile.
    ///
    /// Not `ahead`: nil too unless it is the one that is handed out next. Another thread may have claimed that one, and made
    /// it, since the caller looked.
    func claim(ahead: Bool = true) -> Claim? {
        let start = ContinuousClock.now
        let (claim, whom) = source.withLock { source -> (Claim?, Wake) in
            let most = monitor.withLock { state -> Int in
                guard canClaim(state), ahead || state.claimed == state.taken else { return 0 }
                return min(room(state), size(state))
            }
            guard most > 0 else { return (nil, Wake()) }
            return source.pull(most, into: self)
        }
        wake(whom)
        if executor.count == nil { times?.end(start, .pulling) }
        return claim
    }

    /// Notes that a block is claimed; called while the source is locked, so that blocks have the numbers of their order.
    func note(_ claim: (Int) -> Claim, isLast: Bool) -> (Claim?, Wake) {
        monitor.withLock { state in
            state.isExhausted = isLast
            var claim = claim(state.claimed)
            // The end concerns all who wait for more.
            let whom = isLast ? Wake(threads: true, tasks: consumersToWake(&state).tasks) : Wake()
            guard claim.count > 0 else { return (nil, whom) }
            claim.room = state.rooms.popLast() ?? Room()
            if canBeMadeTwice { state.making[state.claimed % state.making.count] = claim.positions }
            state.claimed += 1
            state.outstanding += claim.count
            return (claim, whom)
        }
    }

    /// Whether nothing is lost by making a block a second time but the little time that it takes.
    private var canBeMadeTwice: Bool { bounds.together != nil && threads > 0 && !executor.isLargerThanMemory }

    func make(_ claim: consuming Claim) -> Block {
        let start = ContinuousClock.now
        var block = Block(number: claim.number, room: claim.room, works: claim.works, cursorStates: claim.cursorStates)
        claim.room = Room()
        if let positions = claim.positions {
            block.first = positions.lowerBound
            switch makeTogether(positions, &block.room) {
            case .made:
                times?.end(start, .reading)
                adapt(to: positions.count, bytes: block.room.batches.byteCount)
                return block
            case .tooLarge:
                for position in positions { block.room.items.append(.later(executor.recipe(at: position))) }
                adapt(to: 1, bytes: .max)
                return block
            case .oneByOne:
                for position in positions { block.room.items.append(begin(executor.recipe(at: position))) }
            }
        } else {
            for work in claim.works {
                switch work {
                case .success(let work): block.room.items.append(begin(work))
                case .failure(let error): block.room.items.append(.failure(error))
                }
            }
        }
        let each = (ContinuousClock.now - start) / max(claim.count, 1)
        monitor.withLock { $0.cost = each }
        return block
    }

    /// Makes the batches at the positions together; one by one where one of them fails.
    private func makeTogether(_ positions: Range<Int>, _ room: inout Room) -> BatchGather.Result {
        var items = room.items
        room.items = []
        defer { room.items = items }
        return (try? executor.makeSeveral(positions, in: &room.batches) { items.append(.success($0)) }) ?? .oneByOne
    }

    /// Makes an item, or puts it off where Ctrl-C ends the work: a caller that asks again gets it.
    private func begin(_ work: Recipe) -> Outcome {
        let outcome = make(work)
        if case .failure(let error) = outcome, error.code == .cancelled { return .later(work) }
        return outcome
    }

    func make(_ work: Recipe) -> Outcome {
        do throws(ColonnadeError) { return .success(try work.make()) } catch { return .failure(error) }
    }

    /// Puts a block where the consumer finds it; false if the work is over.
    @discardableResult
    func deliver(_ block: consuming Block) -> Bool {
        let number = block.number
        let whom = monitor.withLock { state -> Wake? in
            guard !state.isStopped else { return nil }
            let slot = number % state.ready.count
            // Another may have made it meanwhile.
            guard number >= state.taken, state.ready[slot] == nil else {
                state.keep(block.room)
                return Wake()
            }
            state.ready[slot] = block
            state.making[slot] = nil
            return number == state.taken ? consumersToWake(&state) : Wake()
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

    /// Whether a worker sleeps that now has room.
    func workersToWake(_ state: inout State) -> Bool {
        guard state.sleepingWorkers > 0, hasRoom(state) else { return false }
        state.sleepingWorkers = 0
        return true
    }
}
