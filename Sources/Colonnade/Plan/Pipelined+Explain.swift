// SPDX-License-Identifier: Apache-2.0

extension Pipelined {
    /// The plan, for people: where samples come from, in which order, what is read and how many bytes of each row, which steps
    /// are part of the reading, which run on a whole batch and which on each row, and which call your code.
    ///
    ///     fashion.colonnade, 60000 rows
    ///       each block is checked against its checksum once; damage is an error before the first epoch ends
    ///       shuffled, seed 42: by a table of positions, another order each epoch
    ///       image uint8[28, 28]: gathered into the batch, made float32, × 0.00392156862745098 on the way
    ///       batches of 32
    ///       not read: label
    ///       copied for each row: 3136 bytes
    public func explain() -> String { pipeline.explained().map(\.visible).joined(separator: "\n") }
}
