// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore
import ColonnadeSystem

/// Samples with random access: a description of rows, their order, batches and transforms. Building a buffer reads
/// nothing; a sample is made on access.
///
///     let batches = try Buffer(at: "fashion.colonnade")
///         .shuffled(seed: 42)
///         .cast("image", to: .float32)
///         .scaled("image", by: 1 / 255)
///         .batched(by: 32)
///     let batch = try batches[0]          // image: float32[32, 28, 28], label: uint8[32]
///
/// A chain is checked while it is built: a key that does not exist, or a cast that is impossible, throws on its own line.
public struct Buffer: Planned {
    let plan: RowPlan
    private let access: RandomAccess

    init(_ plan: RowPlan) {
        self.plan = plan
        access = RandomAccess()
    }

    init(_ source: any RowSource) { self.init(RowPlan(source)) }

    func with(_ plan: RowPlan) -> Buffer { Buffer(plan) }

    /// Opens the rows of a file, or of a data set of many files, in their order. The cost does not depend on the number of rows: see `StoredDataset`.
    ///
    /// The file stays mapped and must not be overwritten in place; replacing it by name, and appending to it, are safe.
    /// If another program truncates it, the next sample or batch throws `corruptFile`. Tensors may be views of the
    /// file, such as those of consecutive rows. They read zeros after a truncation, and `checkIntact` tells whether one
    /// happened. `verification` determines when a damaged block is an error.
    ///
    /// A folder is a data set of many files: see `DatasetVersion`. The buffer has the rows of one version, whatever is
    /// committed later: the newest one, or that of `version` or `tag`.
    ///
    /// Throws `fileNotFound`, `corruptFile`, `unsupported`, `system`; `invalidArgument` for a version or tag of a file.
    public init(
        at path: String, verification: StoredDataset.Verification = .automatic, version: Int? = nil, tag: String? = nil
    ) throws(ColonnadeError) {
        if let dataset = try DatasetVersion(ifFolder: path, version: version, tag: tag, verification: verification) {
            self.init(dataset)
        } else {
            self.init(try StoredDataset(path: path, verification: verification))
        }
    }

    /// Opens the rows of several files, one file after the other: see `concatenating`. Throws the errors of one file, and
    /// `invalidArgument` if their columns differ.
    public init(
        at paths: [String], verification: StoredDataset.Verification = .automatic, classNames: ClassNameRule = .same
    ) throws(ColonnadeError) {
        self = try Buffer.concatenating(
            paths.map { (path) throws(ColonnadeError) in try Buffer(at: path, verification: verification) },
            classNames: classNames)
    }

    /// Makes a buffer of the rows of an open data set, in the order of the file.
    public init(_ dataset: StoredDataset) { self.init(StoredRows(dataset)) }

    /// Makes a buffer of the rows of an open version of a data set of many files.
    public init(_ version: DatasetVersion) { self.init(VersionRows(version)) }

    /// Makes a buffer of samples in memory. Their tensors are shared, not copied. O(samples).
    ///
    /// Throws `invalidArgument`, with the row and key, unless all have the same keys with the same data types and ranks.
    public init(_ samples: [Sample]) throws(ColonnadeError) { self.init(try MemoryRows(samples)) }

    /// Makes a buffer of tensors in memory. The first dimension of each tensor counts samples. The tensors are shared,
    /// not copied.
    ///
    /// Throws `invalidArgument` for tensors of different lengths, and for a key that occurs twice.
    public init(columns: KeyValuePairs<String, Tensor>) throws(ColonnadeError) {
        self.init(try MemoryRows(columns: columns.map { ($0.key, $0.value) }))
    }

    /// Makes a buffer of values in memory. For each key the values are one stacked tensor, or one tensor for each row.
    package init(_ schema: Schema, _ count: Int, columns: [RowColumn]) {
        self.init(MemoryRows(schema, count, columns))
    }

    /// Returns the buffer with the class names and units of `schema` for the same keys with the same data types, and with
    /// other `materializedOrders` unless they are nil. A buffer whose samples are not in memory is returned unchanged.
    /// O(columns).
    package func described(by schema: Schema, orders: UInt64? = nil) throws(ColonnadeError) -> Buffer {
        guard let rows = plan.source as? MemoryRows else { return self }
        return Buffer(try rows.described(by: schema, orders: orders))
    }

    /// The fingerprint of the orders of the pipeline that made samples in memory; 0 if it has none. Positions depend on it.
    package var materializedOrders: UInt64 { (plan.source as? MemoryRows)?.orders ?? 0 }

    /// The number of samples, or of batches after `batched`. O(1).
    public var count: Int { plan.count }

    public var schema: Schema { plan.schema }

    public var isBatched: Bool { plan.isBatched }

    public func explain() -> String { plan.explained().map(\.visible).joined(separator: "\n") }

    public func checkIntact() throws(ColonnadeError) { try plan.checkIntact() }

    /// Makes the sample or batch at an index, in the order of epoch 0.
    ///
    /// Throws `outOfRange`, `corruptFile` with row and column, `userFunction`, `invalidArgument` for a batch that padding
    /// would make too large. O(bytes of the sample + columns).
    public subscript(index: Int) -> Sample {
        get throws(ColonnadeError) {
            guard index >= 0, index < count else {
                throw ColonnadeError(.outOfRange, "index \(index) is out of range (0..<\(count))")
            }
            return try access.executor(of: plan).item(index)
        }
    }

    /// Returns the samples as a stream, from the first to the last.
    public func stream() -> Stream { Stream(.rows(plan)) }

    /// Makes all samples or batches once, and returns a buffer with them in memory. Throws the errors of making them.
    /// O(bytes).
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
        return Buffer(try MemoryRows(samples, schema: schema, orders: plan.fingerprint(isOutside: false)))
    }
}

extension Buffer: CustomStringConvertible {
    /// The number of samples and their fields: `60000 × image uint8[28, 28], label uint8[]`.
    public var description: String { "\(count) × \(schema.map(\.description).joined(separator: ", "))" }
}
