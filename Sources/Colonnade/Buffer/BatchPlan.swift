// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// How consecutive positions become batches.
struct BatchPlan: Sendable {
    let size: Int
    let droppingLast: Bool

    /// Batches of `count` samples.
    func batchCount(of count: Int) -> Int {
        droppingLast ? count / size : count / size + (count % size > 0 ? 1 : 0)
    }

    /// Positions of the samples in batch `index`.
    func positions(ofBatch index: Int, of count: Int) -> Range<Int> {
        index * size..<index * size + min(size, count - index * size)
    }

    /// A field of batches of such samples. Its leading dimension varies unless all batches are full.
    func field(_ field: Field) -> Field {
        var batched = Field(field.name, field.dtype, [droppingLast ? size : nil] + field.shape, meaning: field.meaning)
        if case .media = field.meaning { batched.meaning = nil }
        return batched
    }
}
