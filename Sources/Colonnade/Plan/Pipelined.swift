// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// What buffers and streams have in common: samples with keys, and steps that change their values.
///
/// Each operation gives a new value and reads nothing. A key that does not exist, or a step that cannot be done, throws on
/// the line that says so. A step before `batched` sees each sample; a step after it sees each batch.
public protocol Pipelined: Sendable {
    /// What has been described so far.
    var pipeline: Pipeline { get }

    init(_ pipeline: Pipeline)

    /// The same kind of thing, with the same settings, of another pipeline.
    func with(_ pipeline: Pipeline) -> Self
}

extension Pipelined {
    /// The fields of each sample or batch. The leading dimension of a batch varies unless the last one is dropped.
    public var schema: Schema { pipeline.schema }

    /// Whether it gives batches.
    public var isBatched: Bool { pipeline.isBatched }

    /// With a condition: the same, changed only if it holds.
    ///
    ///     stream.when(isTraining) { try $0.shuffled(window: 1000, seed: 1) }
    public func when(
        _ condition: Bool, _ change: (Self) throws(ColonnadeError) -> Self
    ) throws(ColonnadeError) -> Self {
        condition ? try change(self) : self
    }

    /// Throws `corruptFile` if a file that the samples are in was truncated, or overwritten in place, since it was opened, if its
    /// disk failed, or if a damaged block was found. Called after values of a batch that is a view of a file were used, it tells
    /// whether they were the file's. O(files).
    public func checkIntact() throws(ColonnadeError) { try pipeline.checkIntact() }

    // MARK: Keys

    /// Only these keys, in this order; the others are not read. Throws `unknownKey`, or `invalidArgument` for a key named
    /// twice.
    public func selecting(_ keys: [String]) throws(ColonnadeError) -> Self { with(try pipeline.selecting(keys)) }

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
        with(try pipeline.renaming(key, to: name))
    }

    /// The value of `key` under a further name as well, in place of what may be there. Nothing is copied. Throws `unknownKey`.
    public func copying(_ key: String, to name: String) throws(ColonnadeError) -> Self {
        with(try pipeline.copying(key, to: name))
    }

    func adding(_ transform: any Transform) throws(ColonnadeError) -> Self { with(try pipeline.adding(transform)) }
}
