// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

extension Pipelined {
    /// Values replaced by what a function of another language makes of them: called once for many samples, so that crossing
    /// over to it costs little. Behind `batched` it gets one batch at a time.
    ///
    /// - Parameters:
    ///   - keys: whose values it gets, in this order: in memory that is its own, and that it may change.
    ///   - outputs: what it makes, each under the key that it replaces or adds.
    ///   - needsIdentities: whether it asks which row of which epoch each sample is.
    ///   - function: called by any thread, several at once.
    /// - Throws: `unknownKey`. While running, `userFunction` with the row.
    package func mapRows(
        _ keys: [String], to outputs: [Field], label: String, needsIdentities: Bool = false,
        _ function: @escaping @Sendable (RowValues) throws -> Void
    ) throws(ColonnadeError) -> Self {
        try adding(
            MapRows(keys: keys, fields: outputs, label: label, needsIdentities: needsIdentities, function: function))
    }
}

/// A step that is told of many samples at once, and that has to see each by itself.
protocol RowwiseTransform: Transform {
    /// Whether `StepContext.identities` has to be there.
    var needsIdentities: Bool { get }

    /// The values of each key made of those of each key it reads, for all samples. Throws with the index of the sample.
    func apply(rows: [[Tensor]], _ context: StepContext) throws(RowFailure) -> [RowColumn]
}

/// Which of several samples could not be made, and why.
struct RowFailure: Error {
    let index: Int
    let error: ColonnadeError
}

/// Values of a key for several samples: as one tensor where they have one shape, or each by itself.
package enum RowColumn: Sendable {
    case whole(Tensor)
    case rows([Tensor])

    package subscript(row: Int) -> Tensor {
        switch self {
        case .whole(let tensor): tensor[row]
        case .rows(let rows): rows[row]
        }
    }
}

struct MapRows: RowwiseTransform {
    let keys: [String]
    let fields: [Field]
    let label: String
    let needsIdentities: Bool
    let function: @Sendable (RowValues) throws -> Void

    var runsUserCode: Bool { true }

    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field] { self.fields }

    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor] {
        do throws(RowFailure) {
            return try apply(rows: values.map { [$0] }, context).map { $0[0] }
        } catch {
            throw error.error
        }
    }

    func apply(rows: [[Tensor]], _ context: StepContext) throws(RowFailure) -> [RowColumn] {
        let inputs: [[Tensor]]
        do throws(ColonnadeError) {
            inputs = try rows.map { (column) throws(ColonnadeError) in
                try Tensor.copies(of: column, from: context.pool)
            }
        } catch {
            throw RowFailure(index: 0, error: error)
        }
        let values = RowValues(inputs: inputs, fields, context.pool)
        values.identities = context.identities.isEmpty ? [(context.row, context.epoch)] : context.identities
        do {
            try function(values)
            return try values.finished(label)
        } catch let error as ColonnadeError {
            throw RowFailure(index: values.current, error: error)
        } catch {
            throw RowFailure(
                index: values.current,
                error: ColonnadeError(.userFunction, "the function of \(label) threw \(error)", underlying: error))
        }
    }
}

/// What goes into such a function, and where it puts what comes out. For one call, and one thread.
package final class RowValues {
    /// By key, then by sample.
    package let inputs: [[Tensor]]
    package let fields: [Field]
    package let count: Int
    /// The sample that is being made: errors are said to be in this one.
    package var current = 0
    /// The row and epoch of each sample, or of the first sample of each batch, where the step needs them.
    package var identities: [(row: Int, epoch: Int)] = []
    private let pool: TensorPool
    private var outputs: [Output]

    private struct Output {
        /// Of all samples as long as they have the shape of the first.
        var whole: TensorStorage?
        var shape: [Int] = []
        var isUniform = true
        var rows: [Tensor?]
    }

    package convenience init(inputs: [[Tensor]], _ fields: [Field], count: Int) {
        self.init(inputs: inputs, fields, TensorPool(keeping: 0), count: count)
    }

    init(inputs: [[Tensor]], _ fields: [Field], _ pool: TensorPool, count: Int? = nil) {
        self.inputs = inputs
        self.fields = fields
        self.pool = pool
        let count = count ?? inputs.first?.count ?? 1
        self.count = count
        outputs = fields.map { _ in Output(rows: Array(repeating: nil, count: count)) }
    }

    /// Memory for the value of a field of the current sample, which the caller fills at once.
    ///
    /// Throws `userFunction` unless data type and rank are those that were promised, and what is promised to be fixed is.
    package func memory(
        _ index: Int, _ dtype: DType, _ shape: [Int]
    ) throws(ColonnadeError) -> (storage: TensorStorage, byteOffset: Int) {
        let field = fields[index]
        guard field.admits(dtype, rank: shape.count, { shape[$0] }),
            let elements = Tensor.checkedElementCount(of: shape)
        else {
            throw ColonnadeError(
                .userFunction,
                "the value of \"\(field.name)\" is \(dtype.name)\(shape) here, and that of the first sample was "
                    + "\(field.typeDescription): data type and number of dimensions have to be the same in all")
        }
        let bytes = elements * dtype.size
        if current == 0, count > 1, !bytes.multipliedReportingOverflow(by: count).overflow {
            outputs[index].whole = try pool.take(byteCount: bytes * count)
            outputs[index].shape = shape
        }
        if let whole = outputs[index].whole, outputs[index].shape == shape {
            let offset = current * bytes
            outputs[index].rows[current] = Tensor(dtype: dtype, shape: shape, storage: whole, byteOffset: offset)
            return (whole, offset)
        }
        outputs[index].isUniform = false
        let storage = try pool.take(byteCount: bytes)
        outputs[index].rows[current] = Tensor(dtype: dtype, shape: shape, storage: storage)
        return (storage, 0)
    }

    /// Whether nothing was put.
    package var isUntouched: Bool { outputs.allSatisfy { $0.rows.allSatisfy { $0 == nil } } }

    /// What was put. Throws `userFunction` where a value is missing.
    package func finished(_ label: String) throws(ColonnadeError) -> [RowColumn] {
        var columns: [RowColumn] = []
        for (field, output) in zip(fields, outputs) {
            if let missing = output.rows.firstIndex(where: { $0 == nil }) {
                current = missing
                throw ColonnadeError(.userFunction, "\(label) gave no value of \"\(field.name)\"")
            }
            if let whole = output.whole, output.isUniform {
                columns.append(.whole(Tensor(dtype: field.dtype, shape: [count] + output.shape, storage: whole)))
            } else {
                columns.append(.rows(output.rows.compactMap { $0 }))
            }
        }
        return columns
    }
}

extension Tensor {
    /// The same elements in other memory, one behind the other.
    fileprivate static func copies(of rows: [Tensor], from pool: TensorPool) throws(ColonnadeError) -> [Tensor] {
        let memory = try pool.take(byteCount: rows.reduce(0) { $0 + $1.byteCount })
        var offset = 0
        return rows.map { row in
            unsafe row.withUnsafeBytes { bytes in
                unsafe UnsafeMutableRawBufferPointer(rebasing: memory.mutableBytes[offset...]).copyMemory(from: bytes)
            }
            defer { offset += row.byteCount }
            return Tensor(dtype: row.dtype, shape: row.shape, storage: memory, byteOffset: offset)
        }
    }
}
