// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// The operations that buffers and streams have in common: samples with keys, and steps that change their values.
///
/// Each operation returns a new value and reads nothing. A key that does not exist, or a step that cannot be done, throws on
/// the line that says so. A step that is written before `batched` sees each sample; after it, each batch.
///
/// `Buffer` and `Stream` are the only types that conform: a step of another type traps.
public protocol Pipelined: Sendable {
    /// The fields of each sample or batch. The leading dimension of a batch varies unless the last one is dropped.
    var schema: Schema { get }

    /// Whether it gives batches.
    var isBatched: Bool { get }

    /// Throws `corruptFile` if a file that the samples are in was truncated, or overwritten in place, since it was opened, if its
    /// disk failed, or if a damaged block was found. Called after values of a batch that is a view of a file were used, it tells
    /// whether they were the file's. O(files).
    func checkIntact() throws(ColonnadeError)

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
    func explain() -> String
}

extension Pipelined {
    /// With a condition: the same, changed only if it holds.
    ///
    ///     stream.when(isTraining) { try $0.shuffled(window: 1000, seed: 1) }
    public func when(
        _ condition: Bool, _ change: (Self) throws(ColonnadeError) -> Self
    ) throws(ColonnadeError) -> Self {
        condition ? try change(self) : self
    }

    // MARK: Keys

    /// Only these keys, in this order; the others are not read. Throws `unknownKey`, or `invalidArgument` for a key named
    /// twice.
    public func selecting(_ keys: [String]) throws(ColonnadeError) -> Self { try changing(.selecting(keys)) }

    /// All keys but these. Throws `unknownKey`, or `invalidArgument` if none would be left.
    public func removing(_ keys: [String]) throws(ColonnadeError) -> Self {
        for key in keys { _ = try schema.position(of: key) }
        let dropped = Set(keys.exactNames)
        let left = schema.names.filter { !dropped.contains(ExactName($0)) }
        guard !left.isEmpty else {
            throw ColonnadeError(.invalidArgument, "without \(keys) the samples have no key left")
        }
        return try selecting(left)
    }

    /// The value of `key` under another name, in place of what may be there. Throws `unknownKey`.
    public func renaming(_ key: String, to name: String) throws(ColonnadeError) -> Self {
        try changing(.renaming(key, to: name))
    }

    /// The value of `key` under a further name as well, in place of what may be there. Nothing is copied. Throws `unknownKey`.
    public func copying(_ key: String, to name: String) throws(ColonnadeError) -> Self {
        try changing(.copying(key, to: name))
    }
}
