// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Reusable memory for the batches of several columns. Storage that a caller still references is replaced, not reused.
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
