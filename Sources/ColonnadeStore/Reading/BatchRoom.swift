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
