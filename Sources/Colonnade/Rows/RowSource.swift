// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The source of a buffer: samples with an index.
protocol RowSource: Sendable {
    var schema: Schema { get }
    var count: Int { get }

    /// A number that identifies the data.
    var identity: UInt64 { get }

    /// A hash of the orders that are part of the source, for the fingerprint of a plan.
    var orders: UInt64 { get }

    /// Whether its order differs from epoch to epoch.
    var varies: Bool { get }

    /// Whether orders that are part of it are those of epoch 0 in every epoch, since a selection comes after them.
    var isFrozen: Bool { get }

    /// The name of the operation that made the source, if it has several inputs or orders of its own. Saved positions contain
    /// it.
    var name: String { get }

    /// The plans whose samples the source combines.
    var inputs: [RowPlan] { get }

    /// The length of the longest chain of buffers and stages that request samples from each other: see
    /// `Plan.checkDepth`.
    var depth: Int { get }

    /// The number of buffers and stages that the source contains: see `Plan.nodeCount`.
    var nodeCount: Int { get }

    /// A description for people, such as `fashion.colonnade, 60000 rows`.
    var label: String { get }

    /// Sentences for people about the checks of the files that hold the samples; none for samples in memory.
    var promises: [String] { get }

    var runsUserCode: Bool { get }

    /// Returns the bytes of columns of all rows in their files; nil if some are in no file.
    func byteCount(ofColumns columns: [Int]) -> Int?

    /// Adds the sizes of the files that hold the rows, by the identity of their data. O(files).
    func addFiles(to sizes: inout [UInt64: Int])

    /// Returns the statistics of a column that was written to files; nil for other rows.
    func statistics(ofColumn index: Int) -> ColumnStatistics?

    /// Returns whether the JPEG files in a column were written with entry points.
    func hasEntryPoints(ofColumn index: Int) -> Bool

    /// Returns the rows, prepared for one epoch.
    func bound(_ pass: PassContext) throws(ColonnadeError) -> any BoundRows
}

extension RowSource {
    var orders: UInt64 { 0 }
    var promises: [String] { [] }
    var varies: Bool { inputs.contains(where: \.varies) }
    var isFrozen: Bool { false }
    var depth: Int { inputs.reduce(0) { max($0, $1.depth + 1) } }
    var nodeCount: Int { 1 }
    var inputs: [RowPlan] { [] }
    var name: String { "append" }
    var runsUserCode: Bool { inputs.contains(where: \.runsUserCode) }

    func byteCount(ofColumns columns: [Int]) -> Int? {
        let keys = columns.map { schema[$0].name }
        var (sum, isKnown) = (0, !inputs.isEmpty)
        for input in inputs {
            let ownKeys = keys.filter { (try? input.schema.index(of: $0)) != nil }
            guard !ownKeys.isEmpty, let plan = try? input.changing(.selecting(ownKeys)) else { continue }
            isKnown = isKnown && plan.byteCount != nil
            sum = sum.saturatingSum(plan.byteCount ?? 0)
        }
        return isKnown ? sum : nil
    }

    func addFiles(to sizes: inout [UInt64: Int]) {
        for input in inputs { input.source.addFiles(to: &sizes) }
    }

    /// Whether the files that hold the rows exceed memory together. O(files).
    var filesExceedMemory: Bool {
        var sizes: [UInt64: Int] = [:]
        addFiles(to: &sizes)
        return StoredDataset.exceedMemory(sizes.values.reduce(0) { $0.saturatingSum($1) })
    }

    func statistics(ofColumn index: Int) -> ColumnStatistics? { nil }
    func hasEntryPoints(ofColumn index: Int) -> Bool { false }
}

extension RowPlan {
    /// Returns whether a value of samples is an unchanged column whose JPEG files were written with entry points.
    func hasEntryPoints(ofOutput index: Int) -> Bool {
        let slot = program.outputs[index]
        return !isBatched && slot < program.columnCount && source.hasEntryPoints(ofColumn: slot)
    }
}
