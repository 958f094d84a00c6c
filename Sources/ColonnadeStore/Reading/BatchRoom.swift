// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Reusable scratch space for a block of batches. Storage that a caller still references is replaced, not reused.
package struct BatchRoom: Sendable {
    /// The numbers of the rows that are read.
    package var rows: [Int] = []
    /// The tensors of each batch. Arrays are values: writing to one that is held elsewhere makes a copy.
    var tensors: [[Tensor]] = []
    var memory = BatchMemory()

    package init() {}

    /// The bytes of the batches of ragged columns, which are known only after reading.
    package var byteCount: Int { memory.padded.reduce(0) { $0 + $1.byteCount } }

    /// The bytes of the memory that is kept for the next batches.
    package var heldByteCount: Int { memory.byteCount }

    /// Drops the tensors, so that their memory can be reused unless a caller still holds it.
    mutating func clear() {
        for batch in tensors.indices { tensors[batch].removeAll(keepingCapacity: true) }
        memory.clear()
    }
}

/// Memory of several columns.
struct BatchMemory: Sendable {
    /// The memory of the batches of each column of fixed shape.
    private(set) var outputs: [GroupOutput.Memory] = []
    /// Batches of ragged columns, one column after another.
    private(set) var padded: [Tensor] = []
    /// The shapes of the padded batches.
    private var shapes: [[Int]] = []
    /// The storages that were taken, in that order.
    private var storages: [TensorStorage] = []
    private var used = 0

    mutating func append(_ output: GroupOutput.Memory) { outputs.append(output) }

    mutating func append(_ batch: Tensor) { padded.append(batch) }

    mutating func clear() {
        outputs.removeAll(keepingCapacity: true)
        padded.removeAll(keepingCapacity: true)
        used = 0
    }

    /// Leaves what was taken at this place for another time.
    mutating func skip() { if used < storages.count { used += 1 } }

    var byteCount: Int { storages.reduce(0) { $0 + $1.byteCount } }

    /// Gives back what was not taken again since `clear`.
    mutating func trim() { storages.removeLast(storages.count - used) }

    /// Returns uninitialised memory: that which was taken at this place before `clear`, if it has the size and nothing refers to it.
    ///
    /// - Parameter orMore: of sizes that vary: somewhat more will do too.
    mutating func take(byteCount: Int, orMore: Bool = false, from pool: TensorPool) throws(ColonnadeError)
        -> TensorStorage
    {
        defer { used += 1 }
        let page = TensorStorage.pageAlignment
        if used < storages.count, isKnownUniquelyReferenced(&storages[used]) {
            let size = storages[used].byteCount
            if size == byteCount || orMore && size >= byteCount && size / 2 <= max(byteCount, page) {
                return storages[used]
            }
        }
        // What varies fits more often if it is as large as the memory that it lies in.
        let isRounded = orMore && pool.keepsMemory
        let storage = try pool.take(byteCount: isRounded ? (byteCount + page - 1) / page * page : byteCount)
        if used < storages.count { storages[used] = storage } else { storages.append(storage) }
        return storage
    }

    /// The shape of the next padded batch, in the array that held it before, unless a caller holds that.
    mutating func shape(_ rows: Int, _ steps: Int, _ rest: [Int]) -> [Int] {
        let index = padded.count
        if index == shapes.count { shapes.append([]) }
        shapes[index].removeAll(keepingCapacity: true)
        shapes[index].append(rows)
        shapes[index].append(steps)
        shapes[index].append(contentsOf: rest)
        return shapes[index]
    }
}
