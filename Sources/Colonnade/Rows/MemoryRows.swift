// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore
import ColonnadeSystem

/// Samples in memory: values row by row, or stacked as arrays.
struct MemoryRows: RowSource, BoundRows {
    let schema: Schema
    let count: Int
    /// The fingerprint of the pipeline whose samples these are. Otherwise a position of samples in one order could be resumed
    /// over equally many in another order.
    let orders: UInt64
    private let columns: [RowColumn]
    private let pool: TensorPool?

    init(
        _ schema: Schema, _ count: Int, _ columns: [RowColumn], orders: UInt64 = 0, _ pool: TensorPool? = nil
    ) {
        self.schema = schema
        self.count = count
        self.orders = orders
        self.columns = columns
        self.pool = pool
    }

    /// Samples that have the same keys with the same data types and ranks; a dimension in which they differ becomes one
    /// that varies. Throws `invalidArgument` with the row and key that differ.
    init(_ samples: [Sample], schema given: Schema? = nil, orders: UInt64 = 0) throws(ColonnadeError) {
        var fields = given?.fields ?? samples.first?.schema.fields ?? []
        var columns = fields.map { _ in [Tensor]() }
        for index in columns.indices { columns[index].reserveCapacity(samples.count) }
        var meter = InterruptMeter()
        for (row, sample) in samples.enumerated() {
            try meter.advanceByRow()
            guard sample.schema.count == fields.count else {
                throw ColonnadeError(
                    .invalidArgument,
                    "it has the keys \(sample.keys), and others have \(fields.map(\.name)): all need the same",
                    at: .sample(row: row, key: nil))
            }
            for (index, field) in fields.enumerated() {
                guard let column = sample.schema.index(named: field.name) else {
                    throw ColonnadeError(
                        .invalidArgument, "this sample has no such key, and others do",
                        at: .sample(row: row, key: field.name))
                }
                let tensor = sample.tensors[column]
                guard tensor.dtype == field.dtype, tensor.rank == field.shape.count else {
                    throw ColonnadeError(
                        .invalidArgument, "its value is \(tensor), and others are \(field.typeDescription)",
                        at: .sample(row: row, key: field.name))
                }
                if row == 0, given == nil, field.kind == .tensor {
                    fields[index].shape = tensor.shape
                } else {
                    for (dimension, size) in tensor.shape.enumerated() where fields[index].shape[dimension] != size {
                        fields[index].shape[dimension] = nil
                    }
                }
                columns[index].append(tensor)
            }
        }
        self.init(try Schema(fields), samples.count, columns.map { .rows($0) }, orders: orders)
    }

    /// One tensor a key, whose first dimension counts the rows. Throws `invalidArgument` where they have not equally many.
    init(columns: [(key: String, values: Tensor)]) throws(ColonnadeError) {
        var fields: [Field] = []
        for (key, values) in columns {
            guard let rows = values.shape.first, rows == columns[0].values.shape[0] else {
                throw ColonnadeError(
                    .invalidArgument,
                    "the arrays need a first dimension of the same length, and \"\(key)\" is \(values) where the first is "
                        + "\(columns[0].values)")
            }
            fields.append(Field(key, values.dtype, Array(values.shape.dropFirst())))
        }
        self.init(
            try Schema(fields), columns.first?.values.shape[0] ?? 0, columns.map { .whole($0.values) })
    }

    /// Returns these rows with the meanings that equal keys and data types have in another schema.
    func described(by other: Schema, orders: UInt64? = nil) throws(ColonnadeError) -> MemoryRows {
        var fields = schema.fields
        for index in fields.indices where fields[index].meaning == nil {
            guard let column = other.index(named: fields[index].name), other[column].kind == fields[index].kind,
                other[column].dtype == fields[index].dtype
            else { continue }
            fields[index].meaning = other[column].meaning
        }
        return MemoryRows(try Schema(fields), count, columns, orders: orders ?? self.orders, pool)
    }

    /// The fingerprint of the keys, types and number of rows, not of the values.
    var identity: UInt64 {
        schema.reduce(SplitMix64.mix(UInt64(count))) { Fingerprint.mix($0, $1.description) }
    }

    var label: String { "\(count) samples in memory" }
    var name: String { "materialize" }

    func bound(_ pass: PassContext) -> any BoundRows { MemoryRows(schema, count, columns, orders: orders, pass.pool) }

    func stacked(_ rows: [Int], _ requests: [ColumnRequest]) throws(ColonnadeError) -> [Tensor] {
        let pool = pool ?? TensorPool(keeping: 0)
        var result: [Tensor] = []
        for request in requests {
            switch columns[request.column] {
            case .whole(let tensor):
                result.append(try tensor.gathered(rows, request.conversion, from: pool))
            case .rows(let values):
                result.append(
                    try PaddedRows(
                        rows.map { values[$0] }, request.conversion, as: schema[request.column], number: { rows[$0] }
                    ).stacked(request, from: pool))
            }
        }
        return result
    }

    func values(_ row: Int, _ columns: [Int]) throws(ColonnadeError) -> [Tensor] {
        columns.map { self.columns[$0][row] }
    }

    func shape(_ row: Int, _ column: Int) -> [Int]? {
        switch columns[column] {
        case .rows(let rows): rows[row].shape
        case .whole(let tensor): Array(tensor.shape.dropFirst())
        }
    }

    func mapped(_ rows: Range<Int>, _ column: Int) throws(ColonnadeError) -> Tensor? {
        guard case .whole(let tensor) = columns[column], !rows.isEmpty else { return nil }
        return tensor.rows(rows)
    }
}
