// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore
import ColonnadeSystem

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
public struct Buffer: Planned {
    let plan: RowPlan

    init(_ plan: RowPlan) { self.plan = plan }

    init(_ source: any RowSource) { self.init(RowPlan(source)) }

    func with(_ plan: RowPlan) -> Buffer { Buffer(plan) }

    /// The rows of a file, as they lie in it. Costs nothing for rows: see `StoredDataset`.
    ///
    /// The file stays mapped, and is not to be overwritten in place; replacing it by name, or appending, is fine. If somebody
    /// truncates it, the next sample or batch throws `corruptFile`. Tensors that are views of the file, as those of
    /// consecutive rows may be, read zeros from then on: `checkIntact` tells. `verification` says when a damaged block is an
    /// error.
    ///
    /// Throws `fileNotFound`, `corruptFile`, `unsupported`, `system`.
    public init(
        at path: String, verification: StoredDataset.Verification = .automatic
    ) throws(ColonnadeError) {
        self.init(try StoredDataset(path: path, verification: verification))
    }

    /// The rows of several files, one file after the other: see `concatenating`. Throws as for one file, and
    /// `invalidArgument` where their columns differ.
    public init(
        at paths: [String], verification: StoredDataset.Verification = .automatic, classNames: ClassNameRule = .same
    ) throws(ColonnadeError) {
        self = try Buffer.concatenating(
            paths.map { (path) throws(ColonnadeError) in try Buffer(at: path, verification: verification) },
            classNames: classNames)
    }

    /// The rows of an open data set, as they lie in it.
    public init(_ dataset: StoredDataset) { self.init(StoredRows(dataset)) }

    /// Samples in memory. Their tensors are shared, not copied. O(samples).
    ///
    /// Throws `invalidArgument`, with the row and key, unless all have the same keys with the same data types and ranks.
    public init(_ samples: [Sample]) throws(ColonnadeError) { self.init(try MemoryRows(samples)) }

    /// Arrays in memory: the first dimension of each counts the samples. They are shared, not copied.
    ///
    /// Throws `invalidArgument` unless they are equally long, or for a key named twice.
    public init(columns: KeyValuePairs<String, Tensor>) throws(ColonnadeError) {
        self.init(try MemoryRows(columns: columns.map { ($0.key, $0.value) }))
    }

    /// Values in memory, key by key: stacked, or row by row. Throws as the others do.
    package init(_ schema: Schema, _ count: Int, columns: [RowColumn]) {
        self.init(MemoryRows(schema, count, columns))
    }

    /// The buffer with the class names and units that `schema` has for the same keys with the same data types; unchanged
    /// where its samples are not in memory. O(columns).
    package func described(by schema: Schema) throws(ColonnadeError) -> Buffer {
        guard let rows = plan.source as? MemoryRows else { return self }
        return Buffer(try rows.described(by: schema))
    }

    /// Samples; batches once there are batches. O(1).
    public var count: Int { plan.count }

    public var schema: Schema { plan.schema }

    public var isBatched: Bool { plan.isBatched }

    public func explain() -> String { plan.explained().map(\.visible).joined(separator: "\n") }

    public func checkIntact() throws(ColonnadeError) { try plan.checkIntact() }

    /// The sample or batch at that position, in the order of epoch 0.
    ///
    /// Throws `outOfRange`, `corruptFile` with row and column, `userFunction`, `invalidArgument` for a batch that padding
    /// would make too large. O(bytes of the sample + columns).
    public subscript(position: Int) -> Sample {
        get throws(ColonnadeError) {
            guard position >= 0, position < count else {
                throw ColonnadeError(.outOfRange, "there is no position \(position): there are \(count), from 0 on")
            }
            return try RowExecutor(plan, PassContext(epoch: 0, pool: TensorPool(keeping: 0))).item(position)
        }
    }

    /// These samples to be pulled from front to back.
    public func stream() -> Stream { Stream(.rows(plan)) }

    /// All samples or batches made now, once, and kept in memory. Throws what making them throws. O(bytes).
    public func materialized() throws(ColonnadeError) -> Buffer {
        let executor = try RowExecutor(plan, PassContext(epoch: 0, pool: TensorPool(keeping: 0)))
        var samples: [Sample] = []
        samples.reserveCapacity(count)
        var meter = InterruptMeter()
        for index in 0..<count {
            let sample = try executor.item(index)
            try meter.advanceByRow(of: sample.tensors.reduce(0) { $0 + $1.byteCount })
            samples.append(sample)
        }
        return Buffer(try MemoryRows(samples, schema: schema))
    }
}

extension Buffer: CustomStringConvertible {
    /// `60000 × image uint8[28, 28], label uint8[]`
    public var description: String { "\(count) × \(schema.map(\.description).joined(separator: ", "))" }
}
