// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// The operations that buffers and streams have in common: samples with keys, and steps that change their values.
///
/// Each operation returns a new value and reads nothing. A key that does not exist, or a step that is impossible, throws on its
/// own line. A step before `batched` receives each sample; a step after it receives each batch.
///
/// Only `Buffer` and `Stream` conform to it: a step of another type traps.
public protocol Pipelined: Sendable {
    /// The fields of each sample or batch. The leading dimension of a batch varies unless the last one is dropped.
    var schema: Schema { get }

    /// Whether each item is a batch.
    var isBatched: Bool { get }

    /// Throws `corruptFile` if a file of the samples was truncated or overwritten in place after it was opened, if its
    /// disk failed, or if a damaged block was found. Call it after you have used a batch that is a view of a file: if
    /// it throws nothing, the values were those of the file. O(files).
    func checkIntact() throws(ColonnadeError)

    /// Describes the plan for people: the source of the samples, their order, the columns that are read and the bytes
    /// of each row, the steps that are part of reading, the steps that run on each row or once for each batch, and the
    /// steps that call your code.
    ///
    ///     fashion.colonnade, 60000 rows
    ///       each block is checked against its checksum once; damage is an error before the first epoch ends
    ///       shuffled, seed 42: computed index by index, another order each epoch
    ///       image uint8[28, 28]: gathered into the batch, made float32, × 0.00392156862745098 on the way
    ///       batches of 32
    ///       not read: label
    ///       copied for each row: 3136 bytes
    func explain() -> String
}

extension Pipelined {
    /// Returns the value changed if a condition is true, and otherwise unchanged.
    ///
    ///     stream.when(isTraining) { try $0.shuffled(window: 1000, seed: 1) }
    public func when(
        _ condition: Bool, _ change: (Self) throws(ColonnadeError) -> Self
    ) throws(ColonnadeError) -> Self {
        condition ? try change(self) : self
    }

    // MARK: Keys

    /// Keeps only the given keys, in this order; the others are not read. Throws `unknownKey`, or `invalidArgument` for a key that
    /// occurs twice.
    public func selecting(_ keys: [String]) throws(ColonnadeError) -> Self { try changing(.selecting(keys)) }

    /// Removes keys. Throws `unknownKey`, or `invalidArgument` if no key would remain.
    public func removing(_ keys: [String]) throws(ColonnadeError) -> Self {
        for key in keys { _ = try schema.index(of: key) }
        let dropped = Set(keys.exactNames)
        let names = schema.names.filter { !dropped.contains(ExactName($0)) }
        guard !names.isEmpty else {
            throw ColonnadeError(.invalidArgument, "without \(keys) the samples have no key left")
        }
        return try selecting(names)
    }

    /// Renames `key`; a value under the new name is replaced. Throws `unknownKey`.
    public func renaming(_ key: String, to name: String) throws(ColonnadeError) -> Self {
        try changing(.renaming(key, to: name))
    }

    /// Adds the value of `key` under a second name; a value under that name is replaced. No memory is copied. Throws `unknownKey`.
    public func copying(_ key: String, to name: String) throws(ColonnadeError) -> Self {
        try changing(.copying(key, to: name))
    }
}
