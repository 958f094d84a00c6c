// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import Testing

@testable import Colonnade

/// A queue whose methods can be called in expectations.
private final class Queue {
    private(set) var state: BlockQueue

    init(size: Int, cursorState: CursorState? = nil) { state = BlockQueue(size: size, cursorState: cursorState) }

    func begin(by thread: Int = 0) -> Block { state.begin(by: thread) }

    func claim(_ block: Block, canBeMadeTwice: Bool = false) { state.claim(block, canBeMadeTwice: canBeMadeTwice) }

    /// Claims a block of `count` items with indices: those of block 2 begin at 200.
    func claim(_ count: Int, canBeMadeTwice: Bool = false) -> Block {
        let block = begin()
        let first = block.number * 100
        block.indices = first..<first + count
        claim(block, canBeMadeTwice: canBeMadeTwice)
        return block
    }

    func beginAgain() -> Block? { state.beginAgain() }

    func refresh(_ block: Block) { state.refresh(block) }

    func takeBackIfMade(_ block: Block) -> Bool { state.takeBackIfMade(block) }

    @discardableResult func finish(_ block: Block) -> Bool { state.finish(block) }

    func next() -> Block.Item? { state.next() }

    /// Returns the value of the next item.
    func nextValue() throws -> Int64? { try next()?.get()["x"].item(as: Int64.self) }

    func replace(after delivered: Int, with item: Block.Item) { state.replace(after: delivered, with: item) }

    func postpone(keeping limit: Int, _ recipe: (Int) -> Recipe) -> [Block] { state.postpone(keeping: limit, recipe) }

    func removeAll() -> [Block] { state.removeAll() }
}

@Suite struct BlockQueueTests {
    /// Returns a sample whose value is the index of the item.
    private func sample(_ index: Int) throws -> Sample {
        Sample(schema: try Schema([Field("x", .int64)]), tensors: [Tensor(scalar: Int64(index))])
    }

    private func made(_ block: Block) throws -> Block {
        block.items = try #require(block.indices).map { .made(try sample($0)) }
        return block
    }

    @Test func `items are handed out in the order of the claims, not in that of the making`() throws {
        let queue = Queue(size: 3)
        let blocks = [queue.claim(2), queue.claim(1), queue.claim(3)]
        #expect(queue.state.isFull && queue.state.outstanding == 6 && queue.next() == nil)
        #expect(!queue.finish(try made(blocks[2])))
        #expect(!queue.finish(try made(blocks[1])))
        #expect(!queue.state.hasNext && queue.next() == nil)
        #expect(queue.finish(try made(blocks[0])))
        var found: [Int64] = []
        while let value = try queue.nextValue() { found.append(value) }
        #expect(found == [0, 1, 100, 200, 201, 202])
        #expect(
            queue.state.isEmpty && queue.state.isCurrentOver && queue.state.outstanding == 0
                && queue.state.delivered == 6)
        // The consumer may still hold the last item, so that its block is not a spare yet.
        #expect(queue.state.spares.count == 2 && queue.state.previous === blocks[2])
    }

    @Test func `a block that two threads make is handed out once`() throws {
        let queue = Queue(size: 2)
        let first = queue.claim(2, canBeMadeTwice: true)
        let second = queue.claim(1)
        let again = try #require(queue.beginAgain())
        #expect(again.number == 0 && again.indices == 0..<2 && again.items.isEmpty)
        // A third thread gets no block, and the second block must not be made twice.
        #expect(queue.beginAgain() == nil)
        #expect(!queue.takeBackIfMade(first))
        #expect(queue.finish(try made(again)))
        let late = Block()
        (late.number, late.indices) = (first.number, first.indices)
        #expect(queue.takeBackIfMade(first) && !queue.takeBackIfMade(second))
        #expect(queue.state.spares.contains { $0 === first })
        #expect(try queue.nextValue() == 0)
        // The second result is also refused after the consumer received the block.
        #expect(!queue.finish(try made(late)))
        #expect(try queue.nextValue() == 1)
        #expect(queue.beginAgain() == nil)
        #expect(queue.finish(try made(second)))
        #expect(try queue.nextValue() == 100)
        #expect(queue.next() == nil && queue.state.delivered == 3)
    }

    @Test func `a block that was claimed ahead gets the free memory that its thread wrote last`() throws {
        let queue = Queue(size: 6)
        let blocks = [1, 1, 1, 2].map { thread in
            let block = queue.begin(by: thread)
            (block.indices, block.scratch.rows) = (block.number..<block.number + 1, [block.number])
            queue.claim(block)
            return block
        }
        // No memory is free yet.
        queue.refresh(blocks[2])
        #expect(blocks.map(\.scratch.rows) == [[0], [1], [2], [3]])
        for block in blocks[..<2] { queue.finish(try made(block)) }
        for number in 0..<2 { #expect(try queue.nextValue() == Int64(number)) }
        #expect(queue.next() == nil && queue.state.spares.count == 1)
        queue.refresh(blocks[3])
        queue.refresh(blocks[2])
        #expect(blocks.map(\.scratch.rows) == [[2], [1], [0], [3]])
        // Now the spare has memory that was never free, and is older than that of the block.
        queue.refresh(blocks[2])
        #expect(blocks.map(\.scratch.rows) == [[2], [1], [0], [3]])
    }

    @Test func `a postponed item stays the next one until its sample replaces it, once`() throws {
        let queue = Queue(size: 1)
        let block = queue.claim(2)
        let recipes = try (0..<2).map { Recipe.ready(try sample($0), row: $0, epoch: 0) }
        block.items = recipes.map { .postponed($0) }
        #expect(queue.finish(block))
        for number in 0..<2 {
            for _ in 0..<2 {
                guard case .postponed? = queue.next() else {
                    Issue.record("item \(number) is not postponed")
                    return
                }
            }
            #expect(queue.state.delivered == number)
            queue.replace(after: number + 1, with: .made(try sample(77)))
            queue.replace(after: number, with: .made(try sample(number)))
            queue.replace(after: number, with: .made(try sample(88)))
            #expect(try queue.nextValue() == Int64(number))
        }
        #expect(queue.next() == nil)
    }

    @Test func `states and identities are those of the last item that was handed out`() throws {
        let queue = Queue(size: 2, cursorState: CursorState(numbers: [40]))
        let block = queue.begin()
        block.items = [.made(try sample(0)), .failed(ColonnadeError(.userFunction, "no"))]
        block.cursorStates = [CursorState(numbers: [41]), CursorState(numbers: [42])]
        block.identities = [(7, 1), (8, 2)]
        queue.claim(block, canBeMadeTwice: true)
        // Recipes are made only once, because their order may depend on the number of times that they are made.
        #expect(queue.beginAgain() == nil)
        #expect(queue.finish(block))
        #expect(queue.state.cursorState?.numbers == [40])
        _ = queue.next()
        #expect(queue.state.cursorState?.numbers == [41] && queue.state.identity == (7, 1))
        #expect(throws: ColonnadeError.self) { try queue.next()?.get() }
        #expect(
            queue.state.cursorState?.numbers == [42] && queue.state.identity == (8, 2) && queue.state.delivered == 2)
        // The block is reused, without its contents, when the consumer has asked for the item after the next one.
        let next = queue.claim(1)
        #expect(next !== block)
        #expect(queue.finish(try made(next)))
        #expect(try queue.nextValue() == 100 && queue.state.spares.isEmpty)
        #expect(queue.next() == nil)
        let spare = queue.begin()
        #expect(spare === block && spare.number == 2 && spare.count == 0)
        #expect(spare.cursorStates.isEmpty && spare.identities.isEmpty)
    }

    @Test func `two blocks are enough for a consumer that makes them and holds only the last item`() throws {
        let queue = Queue(size: 2)
        var blocks: Set<ObjectIdentifier> = []
        var last: Block?
        for number in 0..<20 {
            let block = queue.claim(1)
            #expect(block.number == number && block !== last)
            blocks.insert(ObjectIdentifier(block))
            last = block
            #expect(queue.finish(try made(block)))
            #expect(try queue.nextValue() == Int64(number * 100))
            #expect(queue.next() == nil)
        }
        #expect(blocks.count == 2)
    }

    @Test func `a thread reuses the block that it made last, and no block of another thread`() throws {
        let queue = Queue(size: 6)
        var blocks: [Block] = []
        for thread in [1, 2, 1, 2, 0, 0] {
            let block = queue.begin(by: thread)
            block.indices = block.number..<block.number + 1
            queue.claim(block)
            #expect(queue.finish(try made(block)) == (block.number == 0))
            blocks.append(block)
        }
        for number in 0..<6 { #expect(try queue.nextValue() == Int64(number)) }
        #expect(queue.next() == nil)
        #expect(queue.state.spares.count == 5)
        #expect(queue.begin(by: 1) === blocks[2])
        #expect(queue.begin(by: 2) === blocks[3])
        #expect(queue.begin(by: 1) === blocks[0])
        #expect(queue.begin(by: 1).thread == 1)
        #expect(queue.state.spares.count == 2)
        #expect(queue.begin(by: 0) === blocks[4])
    }

    @Test func `postponed blocks give up their samples, and keep their order`() throws {
        let queue = Queue(size: 3)
        for _ in 0..<3 {
            let block = queue.claim(2)
            queue.finish(try made(block))
        }
        #expect(try queue.nextValue() == 0)
        let samples = try (0..<400).map { try sample($0) }
        // Blocks without scratch occupy no memory.
        let kept = queue.postpone(keeping: 0) { .ready(samples[$0], row: $0, epoch: 0) }
        #expect(kept.isEmpty)
        let dropped = queue.postpone(keeping: -1) { .ready(samples[$0], row: $0, epoch: 0) }
        #expect(dropped.count == 3)
        var found: [Int64] = []
        while let item = queue.next() {
            guard case .postponed(let recipe) = item else {
                Issue.record("an item kept its sample")
                return
            }
            queue.replace(after: queue.state.delivered, with: .made(try recipe.make()))
            found.append(try #require(try queue.nextValue()))
        }
        #expect(found == [1, 100, 101, 200, 201])
    }

    @Test func `a stopped queue returns all of its blocks`() throws {
        let queue = Queue(size: 4)
        for _ in 0..<3 {
            let block = queue.claim(2)
            queue.finish(try made(block))
        }
        #expect(try queue.nextValue() == 0)
        #expect(queue.removeAll().filter { $0.indices != nil }.count == 3)
        #expect(queue.state.isCurrentOver && !queue.state.hasNext && queue.state.spares.isEmpty)
    }
}
