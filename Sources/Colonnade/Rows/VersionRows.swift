// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The rows of a version of a data set of many files.
///
/// Single rows open only their own files. A gather of many rows opens all files once and reads them as one file. Columns that only some
/// of the files compress, and columns of too many files, are read fragment by fragment.
struct VersionRows: RowSource, BoundRows {
    private let version: DatasetVersion
    private let joined: LazyJoin<VersionParts>
    private let pool: TensorPool?

    init(_ version: DatasetVersion) {
        self.version = version
        joined = LazyJoin<VersionParts>()
        pool = nil
    }

    private init(_ rows: VersionRows, _ pool: TensorPool) {
        version = rows.version
        joined = rows.joined
        self.pool = pool
    }

    var schema: Schema { version.schema }
    var count: Int { version.rowCount }
    var identity: UInt64 { version.identity }
    var label: String { "\(version.path), version \(version.version), \(count) rows" }
    var promises: [String] { [version.promise] }

    func addFiles(to sizes: inout [UInt64: Int]) { sizes[identity] = version.byteCount }

    func byteCount(ofColumns columns: [Int]) -> Int? { version.byteCount(ofColumns: columns) }

    func bound(_ pass: PassContext) -> any BoundRows { VersionRows(self, pass.pool) }

    private var memory: TensorPool { pool ?? TensorPool(keeping: 0) }

    /// All files, opened on first use; nil if they cannot be read as one.
    private var stored: VersionParts? {
        // A file may be missing from them for a moment only, as when the process has too many files open.
        joined.value(keepsNil: false) { VersionParts(version) }
    }

    func stacked(_ rows: [Int], _ requests: [ColumnRequest]) throws(ColonnadeError) -> [Tensor] {
        guard var tensors = try joined.known?.stacked(rows, requests, from: memory) else {
            return try version.gather(rows, requests, from: memory)
        }
        let rest = tensors.indices.filter { tensors[$0] == nil }
        if !rest.isEmpty {
            let others = try version.gather(rows, rest.map { requests[$0] }, from: memory)
            for (index, tensor) in zip(rest, others) { tensors[index] = tensor }
        }
        return tensors.compactMap { $0 }
    }

    func values(_ row: Int, _ columns: [Int]) throws(ColonnadeError) -> [Tensor] {
        try version.row(row, columns: columns, from: memory)
    }

    func shape(_ row: Int, _ column: Int) throws(ColonnadeError) -> [Int]? {
        try version.shape(ofRow: row, column: column)
    }

    func entryPoints(_ row: Int, _ column: Int) throws(ColonnadeError) -> Tensor? {
        try version.entryPoints(ofRow: row, column: column, from: memory)
    }

    func mapped(_ rows: Range<Int>, _ column: Int) throws(ColonnadeError) -> Tensor? {
        try version.mappedRows(rows, column: column)
    }

    func gather(_ requests: [ColumnRequest], batchesOf size: Int) -> BlockGather? {
        stored?.gather(requests, batchesOf: size, from: memory)
    }

    func statistics(ofColumn index: Int) -> ColumnStatistics? { version.statistics(ofColumn: index) }

    func hasEntryPoints(ofColumn index: Int) -> Bool { version.hasEntryPoints(ofColumn: index) }

    func checkIntact() throws(ColonnadeError) {
        if let stored = joined.known { return try stored.checkIntact() }
        try version.checkIntact()
    }

    func checkIntact(_ row: Int) throws(ColonnadeError) { try version.checkIntact(row: row) }

    func checkCompletely() throws(ColonnadeError) {
        if let stored = joined.known { return try stored.checkCompletely() }
        try version.checkIntact()
    }

    var areInManyFiles: Bool { true }

    var isLargerThanMemory: Bool { version.isLargerThanMemory }

    func expect(_ rows: [Int], _ columns: [Int]) { version.expect(rows: rows, columns: columns) }

    func expect(block: Range<Int>, _ columns: [Int], _ part: RequestedPart) {
        version.expect(block: block, columns: columns, part)
    }

    var isCheckedMeanwhile: Bool { stored?.isCheckedMeanwhile ?? false }

    func finishChecks(_ columns: [Int], while isWanted: () -> Bool) throws(ColonnadeError) -> Bool {
        try stored?.finishChecks(columns, while: isWanted) ?? true
    }

    func needsWarming(_ columns: [Int]) -> Bool { stored?.needsWarming(columns) ?? false }

    func warm(_ columns: [Int], while isWanted: () -> Bool) { stored?.warm(columns, while: isWanted) }
}
