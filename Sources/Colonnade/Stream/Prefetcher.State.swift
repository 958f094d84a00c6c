// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// What threads hand to each other.
extension Prefetcher {
    /// A sample or why there is none; small, since many of them are moved around for each that is an error.
    enum Outcome {
        case success(Sample)
        indirect case failure(ColonnadeError)
        /// A sample that is made when its turn comes, since it and others would take too much memory, or since Ctrl-C ended the
        /// making of it.
        indirect case later(Recipe)

        func get() throws(ColonnadeError) -> Sample {
            switch self {
            case .success(let sample): return sample
            case .failure(let error): throw error
            case .later: preconditionFailure("an item is made before it is used")
            }
        }
    }

    /// Scratch space in which blocks are made one after another. It is reused, unless the consumer keeps its items.
    struct Room {
        /// Nil once it is handed out.
        var items: [Outcome?] = []
        /// The scratch space of batches that are read together.
        var batches = BatchScratch()
    }

    /// Consecutive items. What made each, and where the pass is behind it, is said where their number does not tell.
    struct Block {
        var number = 0
        var room = Room()
        var first = 0
        var works: [Result<Recipe, ColonnadeError>] = []
        var cursorStates: [CursorState] = []

        /// Returns the recipe of an item; nil where there was none for an error.
        func work(_ index: Int, of executor: any Executor) -> Recipe? {
            if works.isEmpty { return executor.recipe(at: first + index) }
            return try? works[index].get()
        }
    }

    /// A block to be made.
    struct Claim {
        let number: Int
        var positions: Range<Int>?
        var room = Room()
        var works: [Result<Recipe, ColonnadeError>] = []
        var cursorStates: [CursorState] = []

        var count: Int { positions?.count ?? works.count }
    }

    struct State {
        /// The block that is being handed out, and the next item of it.
        var current = Block()
        var index = 0
        var isCurrentOver: Bool { index == current.room.items.count }
        /// Items handed out, and where the pass is behind the last of them; nil where its number tells.
        var delivered = 0
        var cursorState: CursorState?
        /// Ready blocks by number modulo their most.
        var ready: [Block?]
        /// Of blocks that are being made, in the same places: what they are of, where another may make them too.
        var making: [Range<Int>?]
        /// The scratch spaces of blocks whose items were handed out, for reuse.
        var rooms: [Room] = []
        /// Next block to be claimed, and to be handed out.
        var claimed = 0
        var taken = 0
        /// Items of blocks that are claimed and not taken.
        var outstanding = 0
        /// Items of a block that is read at once; nil where blocks grow by what items cost.
        var together: Int?
        /// Whether such blocks still grow with what the consumer takes.
        var isStarting: Bool
        /// Whether blocks were let go of, since the consumer took nothing for a while.
        var isResting = false
        var isExhausted = false
        var isStopped = false
        /// Whether what was read of files is checked, or found to be damaged.
        var areChecksOver = false
        /// What making one item took of late.
        var cost = Duration.zero
        var sleepingWorkers = 0
        /// Threads that wait for an item, if any, and tasks: more than one where copies of an iterator are pulled at once.
        var isConsumerWaiting = false
        var suspended: [CheckedContinuation<Void, Never>] = []
        var hasStarted = false
        var workers = 0
        var record = PassRecord()

        init(_ bounds: Bounds) {
            together = bounds.first
            isStarting = bounds.first != bounds.together
            ready = Array(repeating: nil, count: bounds.places)
            making = Array(repeating: nil, count: bounds.places)
        }

        /// Keeps what a block was made in for another.
        mutating func keep(_ room: consuming Room) {
            room.items.removeAll(keepingCapacity: true)
            if rooms.count < ready.count { rooms.append(room) }
        }
    }

    /// Whom a change of the state concerns; woken once the lock is open.
    struct Wake {
        var threads = false
        var tasks: [CheckedContinuation<Void, Never>] = []
    }
}
