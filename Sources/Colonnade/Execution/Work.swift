// SPDX-License-Identifier: Apache-2.0

/// The description of one item of a pass: one thread at a time decides it, in order, and any thread makes the item from
/// it at any time.
enum Work: Sendable {
    /// The sample or batch at that position of a buffer.
    case position(Int)
    /// A sample, or a batch of those.
    case recipes([Recipe])
}
