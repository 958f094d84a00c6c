// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The rows of a data set on disk.
struct StoredRows: RowSource, BoundRows {
    let dataset: StoredDataset
    private let pool: TensorPool?

    init(_ dataset: StoredDataset) { self.init(dataset, nil) }

    private init(_ dataset: StoredDataset, _ pool: TensorPool?) {
        self.dataset = dataset
        self.pool = pool
    }

    var schema: Schema { dataset.schema }
    var count: Int { dataset.rowCount }
    var identity: UInt64 { dataset.identity }
    var label: String { "\(dataset.path), \(count) rows" }
    var promises: [String] { [dataset.promise] }

    func addFiles(to sizes: inout [UInt64: Int]) { sizes[identity] = dataset.byteCount }

    func byteCount(ofColumns columns: [Int]) -> Int? { dataset.byteCount(ofColumns: columns) }

    func bound(_ pass: PassContext) -> any BoundRows { StoredRows(dataset, pass.pool) }

    private var memory: TensorPool { pool ?? TensorPool(keeping: 0) }

    func stacked(_ rows: [Int], _ requests: [ColumnRequest]) throws(ColonnadeError) -> [Tensor] {
        try BlockGather(dataset, requests, batchesOf: rows.count, from: memory).batch(of: rows)
    }

    func values(_ row: Int, _ columns: [Int]) throws(ColonnadeError) -> [Tensor] {
        try dataset.row(row, columns: columns, from: memory)
    }

    func shape(_ row: Int, _ column: Int) throws(ColonnadeError) -> [Int]? {
        try dataset.shape(ofRow: row, column: column)
    }

    func entryPoints(_ row: Int, _ column: Int) throws(ColonnadeError) -> Tensor? {
        try dataset.entryPoints(ofRow: row, column: column, from: memory)
    }

    func mapped(_ rows: Range<Int>, _ column: Int) throws(ColonnadeError) -> Tensor? {
        try dataset.mappedRows(rows, column: column)
    }

    func gather(_ requests: [ColumnRequest], batchesOf size: Int) -> BlockGather? {
        BlockGather(dataset, requests, batchesOf: size, from: memory)
    }

    func statistics(ofColumn index: Int) -> ColumnStatistics? { dataset.statistics(ofColumn: index) }

    func hasEntryPoints(ofColumn index: Int) -> Bool { dataset.hasEntryPoints(ofColumn: index) }

    func checkIntact() throws(ColonnadeError) { try dataset.checkIntact() }

    var isLargerThanMemory: Bool { dataset.isLargerThanMemory }

    var isCheckedMeanwhile: Bool { dataset.isCheckedMeanwhile }

    func finishChecks(_ columns: [Int], while isWanted: () -> Bool) throws(ColonnadeError) -> Bool {
        try dataset.finishChecks(columns: columns, while: isWanted)
    }

    func expect(_ rows: [Int], _ columns: [Int]) { dataset.expect(rows: rows, columns: columns) }

    func expect(block: Range<Int>, _ columns: [Int], _ part: RequestedPart) {
        dataset.expect(block: block, columns: columns, part)
    }

    func needsWarming(_ columns: [Int]) -> Bool { dataset.needsWarming(columns: columns) }

    func warm(_ columns: [Int], while isWanted: () -> Bool) { dataset.warm(columns: columns, while: isWanted) }
}
