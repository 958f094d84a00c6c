// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeStore

/// Samples pulled from front to back, prefetched by threads if asked for.
///
///     for epoch in 0..<3 {
///         for try await batch in batches.epoch(epoch) { … }
///     }
///
/// A value: each loop over it starts from the front. Without `await`, use `makeIterator().next()`.
public struct Stream: Sendable {
    /// How many items are prepared ahead, and by how many threads.
    struct Prefetching: Sendable {
        var depth: Int
        var threads: Int
    }

    /// What it takes its samples from.
    public let buffer: Buffer
    private(set) var prefetching: Prefetching?
    private(set) var epochNumber = 0
    /// Shared by all passes: what one lets go of, the next uses.
    let pool = TensorPool()

    init(_ buffer: Buffer) { self.buffer = buffer }

    private init(_ buffer: Buffer, like other: Stream) {
        self.buffer = buffer
        prefetching = other.prefetching
        epochNumber = other.epochNumber
    }

    /// The fields of each sample or batch.
    public var schema: Schema { buffer.schema }

    /// Samples or batches of one pass.
    public var count: Int { buffer.count }

    /// The same stream in the order of that epoch: if shuffled, another for each number. O(1).
    public func epoch(_ number: Int) -> Stream {
        var copy = self
        copy.epochNumber = number
        return copy
    }

    /// Prepares items ahead on threads of its own, and delivers them in order whatever the number of threads.
    ///
    /// - Parameters:
    ///   - depth: items that may be ready or in the making before they are asked for.
    ///   - threads: at least 1; more than `depth` are of no use.
    /// - Throws: `invalidArgument` for a number below 1.
    public func prefetched(depth: Int, threads: Int) throws(ColonnadeError) -> Stream {
        guard depth >= 1, threads >= 1 else {
            throw ColonnadeError(
                .invalidArgument,
                "prefetching needs a depth and a number of threads of at least 1, not \(depth) and \(threads)")
        }
        var copy = self
        copy.prefetching = Prefetching(depth: depth, threads: Swift.min(depth, threads))
        return copy
    }

    // MARK: The operations of a buffer

    /// See `Buffer.selecting`.
    public func selecting(_ keys: [String]) throws(ColonnadeError) -> Stream {
        Stream(try buffer.selecting(keys), like: self)
    }

    /// See `Buffer.batched`.
    public func batched(by size: Int, droppingLast: Bool = false) throws(ColonnadeError) -> Stream {
        Stream(try buffer.batched(by: size, droppingLast: droppingLast), like: self)
    }

    /// See `Buffer.cast`.
    public func cast(_ key: String, to dtype: DType) throws(ColonnadeError) -> Stream {
        Stream(try buffer.cast(key, to: dtype), like: self)
    }

    /// See `Buffer.scaled`.
    public func scaled(_ key: String, by factor: Double) throws(ColonnadeError) -> Stream {
        Stream(try buffer.scaled(key, by: factor), like: self)
    }

    /// See `Buffer.map`.
    public func map(
        _ key: String, to dtype: DType? = nil, shape: [Int?]? = nil,
        _ transform: @escaping @Sendable (Tensor) throws -> Tensor
    ) throws(ColonnadeError) -> Stream {
        Stream(try buffer.map(key, to: dtype, shape: shape, transform), like: self)
    }
}
