// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// A pass in progress: worker threads make items ahead of the consumer, and the consumer takes them in order.
///
/// Items are made in blocks. A block has several items if passing each one from thread to thread would cost more than
/// making it. Threads claim blocks in order, and make them in parallel. A `Consumer` makes the next block if no thread
/// has claimed it. If another thread is making it, the consumer makes a later block. If there is no capacity for a
/// later block, the consumer makes the next block too, since the system has probably suspended the thread that claimed
/// it. Without worker threads the consumer makes all blocks.
///
/// | phase | next phase | cause |
/// |---|---|---|
/// | `running` | `exhausted` | the claim of the last block |
/// | `exhausted` | `finished` | the consumer takes the last item and checks the remaining blocks of the files |
/// | any | `stopped` | `stop`, also while others wait |
///
/// In each phase the pass may be at rest: when the consumer has taken nothing for a while, `rest` drops the samples of ready
/// blocks, and the next item that is taken ends the rest. `BlockQueue` has the states of a block, and `BlockSizer` their sizes.
final class Prefetcher: Sendable {
    let maker: BlockMaker
    /// Whether functions of the user make items. A waiting consumer then makes no later block, since that could take
    /// arbitrarily long.
    let runsUserCode: Bool
    let pool: TensorPool
    let threads: Int
    let monitor: Monitor<State>
    private let source: Monitor<PassSource>
    /// Whether a second thread may make a block too: true if that costs only time, and no reads from a disk.
    private let canMakeTwice: Bool
    /// Whether the items of a block are decided in so little time that the lock of the queue may be held meanwhile: they
    /// are consecutive indices, and their rows are not requested from a disk.
    private let decidesQuickly: Bool
    /// Whether workers may claim a block while they make the one before it. They do so only if the items of a block are
    /// read together and from memory, since others may take long to make.
    let claimsAhead: Bool
    /// The bytes of free memory that a stream keeps between its passes.
    private static let keptBytes = 1 << 20
    /// The time without a taken item after which a pass comes to rest. Making the next items again costs a consumer far
    /// less than such a time.
    let idleSeconds: Double

    /// - Parameter keepsIdentities: whether the pass records the `identity` of each item.
    init(
        _ cursor: any PassCursor, _ prefetching: Prefetching?, times: StepTimes? = nil, keepsIdentities: Bool = false,
        idleSeconds: Double = 1
    ) {
        let rows = cursor.rows
        let sizer = BlockSizer(prefetching, count: rows?.count, itemBytes: rows?.bytesOfItem)
        maker = BlockMaker(rows: rows, times: times, keepsIdentities: keepsIdentities)
        runsUserCode = cursor.runsUserCode
        pool = cursor.pool
        threads = sizer.threads
        monitor = Monitor(State(sizer, cursorState: rows == nil ? cursor.state : nil))
        source = Monitor(PassSource(cursor, itemsBeforeWarming: sizer.itemsBeforeWarming))
        let isLargerThanMemory = rows?.isLargerThanMemory ?? false
        canMakeTwice = sizer.largest != nil && threads > 0 && !isLargerThanMemory
        decidesQuickly = rows != nil && !isLargerThanMemory
        claimsAhead = sizer.largest != nil && !isLargerThanMemory
        self.idleSeconds = idleSeconds
    }

    /// The number of items that the consumer has taken, and the cursor state after the last of them; nil if the number
    /// determines it.
    var progress: (delivered: Int, cursorState: CursorState?) {
        monitor.withLock { ($0.queue.delivered, $0.queue.cursorState) }
    }

    /// The identity of the last item that the consumer took.
    var identity: Block.Identity { monitor.withLock { $0.queue.identity } }

    /// Ends the pass. Workers finish the blocks that they are making, and ready blocks are dropped.
    func stop() {
        wake(Wake(threads: true, tasks: removeAll()))
        maker.rows?.stopWarming()
        trimPool()
    }

    /// Releases free memory, except a part that the next pass of the stream will use.
    func trimPool() { pool.trim(to: Prefetcher.keptBytes) }

    /// Drops all blocks and frees their memory. Returns the tasks that wait for an item.
    private func removeAll() -> [CheckedContinuation<Void, Never>] {
        let (tasks, blocks) = monitor.withLock { state in
            state.phase = .stopped
            return (state.takeWaitingConsumers().tasks, state.queue.removeAll())
        }
        withExtendedLifetime(blocks) {}
        return tasks
    }

    func wake(_ waiting: Wake) {
        if waiting.threads { monitor.wakeAll() }
        // There is nearly always no task. The loop is a function of its own, since its type metadata would make the
        // first call slow.
        if !waiting.tasks.isEmpty { Prefetcher.resume(waiting.tasks) }
    }

    @inline(never) private static func resume(_ tasks: [CheckedContinuation<Void, Never>]) {
        for task in tasks { task.resume() }
    }

    // MARK: Making blocks

    /// Claims the next block for the calling thread; returns nil if there is none, or no capacity for one. Only one
    /// thread at a time decides the items of the next block, while others may take ready items.
    ///
    /// - Parameter ahead: whether the block may come after the next block that the consumer needs.
    func claim(ahead: Bool = true, by thread: Int = 0) -> Block? {
        let claim = decidesQuickly ? claimQuickly(ahead, thread) : claimSlowly(ahead, thread)
        wake(claim.waiting)
        if claim.startsWarming { maker.rows?.warm() }
        for request in claim.requests { maker.rows?.request(request) }
        return claim.block
    }

    /// A claimed block, and what its thread does after it has released the locks.
    private struct Claim {
        var block: Block?
        var waiting = Wake()
        var startsWarming = false
        var requests: [RowBlockRequests.Request] = []
    }

    private func claimQuickly(_ ahead: Bool, _ thread: Int) -> Claim {
        source.withLock { source in
            monitor.withLock { state -> Claim in
                guard let (count, block) = begin(ahead, thread, &state) else { return Claim() }
                return note(block, source.decide(count, block), &state)
            }
        }
    }

    private func claimSlowly(_ ahead: Bool, _ thread: Int) -> Claim {
        let start = ContinuousClock.now
        defer { if maker.rows == nil { maker.times?.end(start, .pulling) } }
        return source.withLock { source -> Claim in
            guard let (count, block) = monitor.withLock({ begin(ahead, thread, &$0) }) else { return Claim() }
            let decision = source.decide(count, block)
            return monitor.withLock { state in note(block, decision, &state) }
        }
    }

    /// Returns the next block, and the number of its items; nil if there is none, or no capacity for one.
    private func begin(_ ahead: Bool, _ thread: Int, _ state: inout State) -> (Int, Block)? {
        let count = ahead || state.queue.isEmpty ? state.claimableItems : 0
        return count > 0 ? (count, state.queue.begin(by: thread)) : nil
    }

    /// Notes a block whose items are decided. Called while the source is locked, so that the numbers of blocks are in order.
    private func note(_ block: Block, _ decision: PassSource.Decision, _ state: inout State) -> Claim {
        var claim = Claim(startsWarming: decision.startsWarming, requests: decision.requests)
        // At the end of the pass, all threads and tasks that wait for another block must wake.
        if decision.isLast, state.phase == .running {
            state.phase = .exhausted
            claim.waiting = Wake(threads: true, tasks: state.takeWaitingConsumers().tasks)
        }
        guard block.count > 0 else { return claim }
        // Without workers the consumer makes all blocks in order.
        if threads == 0 { block.nextIndex = block.indices?.upperBound }
        state.queue.claim(block, canBeMadeTwice: canMakeTwice)
        claim.block = block
        return claim
    }

    /// Makes the items of a claimed block.
    func make(_ block: Block) -> Block {
        let count = block.count
        switch maker.make(block) {
        case .together(let bytes):
            // Only ragged batches have sizes that are unknown before they are made.
            if bytes > 0 { monitor.withLock { $0.sizer.noteMade(bytes == .max ? 1 : count, bytes: bytes) } }
        case .oneByOne(let time):
            monitor.withLock { $0.sizer.noteMade(count, in: time) }
        }
        return block
    }

    /// Passes a block whose items are made to the consumer. Returns false if the pass is stopped.
    ///
    /// - Parameter next: the block that the calling thread claimed ahead, and makes next.
    @discardableResult
    func finish(_ block: Block, before next: Block? = nil) -> Bool {
        let waiting = monitor.withLock { state in
            if let next { state.queue.refresh(next) }
            return state.finish(block)
        }
        guard let waiting else { return false }
        wake(waiting)
        return true
    }
}
