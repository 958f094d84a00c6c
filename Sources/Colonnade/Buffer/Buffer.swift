// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore

/// Samples that can be had in any order: a description of rows, their order, batches and transforms. Making one reads
/// nothing; a sample is made when it is asked for.
///
///     let batches = try Buffer(at: "fashion.colonnade")
///         .shuffled(seed: 42)
///         .cast("image", to: .float32)
///         .scaled("image", by: 1 / 255)
///         .batched(by: 32)
///     let batch = try batches[0]          // image: float32[32, 28, 28], label: uint8[32]
///
/// Chains are checked where they are built: a key that does not exist, or a cast that cannot be, throws on its line.
public struct Buffer: Sendable {
    let pipeline: Pipeline

    init(_ pipeline: Pipeline) { self.pipeline = pipeline }

    /// The rows of a file, as they lie in it. Costs nothing for rows: see `StoredDataset`.
    ///
    /// Throws `fileNotFound`, `corruptFile`, `unsupported`, `system`.
    public init(
        at path: String, verification: StoredDataset.Verification = .metadata
    ) throws(ColonnadeError) {
        self.init(try StoredDataset(path: path, verification: verification))
    }

    /// The rows of an open data set, as they lie in it.
    public init(_ dataset: StoredDataset) { pipeline = Pipeline(dataset) }

    /// Where the rows come from.
    public var dataset: StoredDataset { pipeline.dataset }

    /// Samples; batches once there are batches. O(1).
    public var count: Int { pipeline.count }

    /// The fields of each sample or batch. The leading dimension of a batch varies unless the last one is dropped.
    public var schema: Schema { pipeline.schema }

    /// The sample or batch at that position, in the order of epoch 0.
    ///
    /// Throws `outOfRange`, `corruptFile` with row and column, `userFunction`, `invalidArgument` for a batch that padding
    /// would make too large. O(bytes of the sample + columns).
    public subscript(position: Int) -> Sample {
        get throws(ColonnadeError) {
            guard position >= 0, position < count else {
                throw ColonnadeError(.outOfRange, "there is no position \(position): there are \(count), from 0 on")
            }
            return try Executor(pipeline, epoch: 0, pool: TensorPool(keeping: 0)).produce(position)
        }
    }

    /// These samples to be pulled from front to back.
    public func stream() -> Stream { Stream(self) }
}

extension Buffer: CustomStringConvertible {
    /// `60000 × image uint8[28, 28], label uint8[]`
    public var description: String { "\(count) × \(schema.map(\.description).joined(separator: ", "))" }
}
