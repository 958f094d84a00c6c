// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Reusable scratch space for a block of batches. Storage that a caller still references is replaced, not reused.
package struct BatchScratch: Sendable {
    /// The numbers of the rows that are read.
    package var rows: [Int] = []
    /// The indices of the rows in the order of the file; empty before `sortRows`.
    private(set) var order: [Int] = []
    /// The tensors of each batch. Arrays are values: writing to one that is held elsewhere makes a copy.
    var batches: [[Tensor]] = []
    /// The memory of the batches of each column of a plain group.
    private(set) var memory: [ColumnOutput.Memory] = []
    /// The plain groups whose rows the kernel copies.
    var copied: [BlockGather.Group] = []
    /// The batches of the other columns, one column after another.
    private(set) var made: [Tensor] = []
    /// The shapes of ragged batches.
    private var shapes: [[Int]] = []
    /// All storages of the block, in the order in which they were taken.
    private var storages: [TensorStorage] = []
    /// The number of storages that were taken since `clear`.
    private var takenCount = 0
    /// The decoder of compressed columns; nil before the first one is read.
    var decoder: BlockDecoder?

    package init() {}

    /// The bytes of the batches of ragged columns, which are known only after reading.
    package private(set) var byteCount = 0

    /// The bytes of the memory that is kept for the next batches.
    package var heldByteCount: Int { storages.reduce(0) { $0 + $1.byteCount } }

    /// Fills `order` for the first `count` rows, unless that was done since `clear`. It is a heap sort, since the sort of arrays
    /// allocates memory.
    mutating func sortRows(_ count: Int) {
        guard order.isEmpty else { return }
        order.append(contentsOf: 0..<count)
        if count < 2 || (1..<count).allSatisfy({ rows[$0 - 1] <= rows[$0] }) { return }
        for root in (0..<count / 2).reversed() { sift(from: root, below: count) }
        for end in (1..<count).reversed() {
            order.swapAt(0, end)
            sift(from: 0, below: end)
        }
    }

    /// Moves an index down to its place in the heap of the first `end` ones, which has the last row at its root.
    private mutating func sift(from root: Int, below end: Int) {
        var root = root
        while 2 * root + 1 < end {
            var child = 2 * root + 1
            if child + 1 < end, rows[order[child]] < rows[order[child + 1]] { child += 1 }
            guard rows[order[root]] < rows[order[child]] else { return }
            order.swapAt(root, child)
            root = child
        }
    }

    mutating func append(_ output: ColumnOutput.Memory) { memory.append(output) }

    mutating func append(_ batch: Tensor) {
        made.append(batch)
        byteCount += batch.byteCount
    }

    /// Drops the tensors, so that their memory can be reused unless a caller still holds it.
    mutating func clear() {
        for batch in batches.indices { batches[batch].removeAll(keepingCapacity: true) }
        memory.removeAll(keepingCapacity: true)
        copied.removeAll(keepingCapacity: true)
        order.removeAll(keepingCapacity: true)
        if !made.isEmpty { made.removeAll(keepingCapacity: true) }
        byteCount = 0
        takenCount = 0
    }

    /// Leaves the next storage for a later block.
    mutating func skip() { if takenCount < storages.count { takenCount += 1 } }

    /// Releases the storages that were not taken again since `clear`.
    mutating func trim() { storages.removeLast(storages.count - takenCount) }

    /// Returns uninitialised memory: the storage that was taken in this turn before `clear`, if it has the size and nothing else
    /// refers to it.
    ///
    /// - Parameter orMore: whether a somewhat larger storage will do, for sizes that vary.
    mutating func take(byteCount: Int, orMore: Bool = false, from pool: TensorPool) throws(ColonnadeError)
        -> TensorStorage
    {
        defer { takenCount += 1 }
        let page = TensorStorage.pageAlignment
        if takenCount < storages.count, isKnownUniquelyReferenced(&storages[takenCount]) {
            let size = storages[takenCount].byteCount
            if size == byteCount || orMore && size >= byteCount && size / 2 <= max(byteCount, page) {
                return storages[takenCount]
            }
        }
        // Sizes that vary fit more often if they are rounded up to the pages of the memory.
        let isRounded = orMore && pool.keepsMemory
        let storage = try pool.take(byteCount: isRounded ? (byteCount + page - 1) / page * page : byteCount)
        if takenCount < storages.count { storages[takenCount] = storage } else { storages.append(storage) }
        return storage
    }

    /// Returns the shape of the next ragged batch, in the array that held it before, unless a caller holds that array.
    ///
    /// - Parameter steps: the size of the varying dimension; nil for texts without padding, which have one dimension.
    mutating func shape(_ rows: Int, _ steps: Int?, _ rest: [Int]) -> [Int] {
        let index = made.count
        while shapes.count <= index { shapes.append([]) }
        shapes[index].removeAll(keepingCapacity: true)
        shapes[index].append(rows)
        if let steps { shapes[index].append(steps) }
        shapes[index].append(contentsOf: rest)
        return shapes[index]
    }
}
