// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The maker of the items of blocks. Any number of threads may use it at once.
struct BlockMaker: Sendable {
    /// The executor of items that have an index; nil where items are recipes.
    let rows: RowExecutor?
    let times: StepTimes?
    /// Whether blocks get the identities of their items.
    let keepsIdentities: Bool

    /// The cost of making a block, for the sizes of later blocks.
    enum Cost {
        /// The items were read together. `bytes` is the size that was not known before the reading.
        case together(bytes: Int)
        /// The items were made one after another, in the given time.
        case oneByOne(Duration)
    }

    /// Makes the items of a block.
    func make(_ block: Block) -> Cost {
        let start = ContinuousClock.now
        if keepsIdentities { identify(block) }
        if let rows, let indices = block.indices {
            switch readTogether(rows, indices, block) {
            case .made:
                times?.end(start, .reading)
                return .together(bytes: block.scratch.byteCount)
            case .tooLarge:
                for index in indices { block.items.append(.postponed(.item(rows, index))) }
                return .together(bytes: .max)
            case .oneByOne:
                for index in indices { block.items.append(makeUnlessCancelled(.item(rows, index))) }
            }
        } else {
            for (index, recipe) in block.recipes.enumerated() {
                if let recipe { block.items[index] = makeUnlessCancelled(recipe) }
            }
            block.recipes.removeAll(keepingCapacity: true)
        }
        return .oneByOne(ContinuousClock.now - start)
    }

    /// Makes an item.
    func make(_ recipe: Recipe) -> Block.Item {
        do throws(ColonnadeError) { return .made(try recipe.make()) } catch { return .failed(error) }
    }

    /// Makes an item, or postpones it if Ctrl-C interrupts its making, so that the next call for the item makes it.
    private func makeUnlessCancelled(_ recipe: Recipe) -> Block.Item {
        let item = make(recipe)
        if case .failed(let error) = item, error.code == .cancelled { return .postponed(recipe) }
        return item
    }

    /// Reads the items of a block together, if their executor can.
    private func readTogether(_ rows: RowExecutor, _ indices: Range<Int>, _ block: Block) -> BlockGather.Outcome {
        var items = block.items
        block.items = []
        defer { block.items = items }
        do throws(ColonnadeError) {
            return try rows.makeSeveral(indices, before: block.nextIndex, in: &block.scratch) {
                items.append(.made($0))
            }
        } catch {
            // Each item is then made by itself, so that the item that fails gets the error with its row.
            return .oneByOne
        }
    }

    private func identify(_ block: Block) {
        if let rows, let indices = block.indices {
            for index in indices { block.identities.append(rows.identity(ofItem: index)) }
        } else {
            for recipe in block.recipes { block.identities.append(recipe?.identity ?? (0, 0)) }
        }
    }
}
