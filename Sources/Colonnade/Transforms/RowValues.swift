// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// The arguments and results of one call of a function of another language. Only one thread uses it.
package final class RowValues {
    /// The arguments, by key and then by sample.
    package let inputs: [[Tensor]]
    package let fields: [Field]
    package let count: Int
    /// The index of the sample that is being made, for errors.
    package var current = 0
    /// The row and epoch of each sample, or of the first sample of each batch, if the step needs them.
    package var identities: [(row: Int, epoch: Int)] = []
    private let pool: TensorPool
    private var outputs: [Output]

    private struct Output {
        /// The memory for the values of all samples, used as long as they have the shape of the first one.
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

    /// Returns memory for the value of a field of the current sample. The caller must fill it before the next call.
    ///
    /// Throws `userFunction` unless the data type, the number of dimensions and all fixed sizes are those of the field.
    package func memory(
        _ index: Int, _ dtype: DType, _ shape: [Int]
    ) throws(ColonnadeError) -> (storage: TensorStorage, byteOffset: Int) {
        let field = fields[index]
        guard field.admits(dtype, rank: shape.count, { shape[$0] }),
            let elements = Tensor.checkedElementCount(of: shape)
        else {
            throw ColonnadeError(
                .userFunction,
                "the value of \"\(field.name)\" is \(dtype.name)\(shape) here, but \(field.typeDescription) in the first sample: all "
                    + "samples need the same data type and number of dimensions")
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

    /// Whether no value was stored.
    package var isUntouched: Bool { outputs.allSatisfy { $0.rows.allSatisfy { $0 == nil } } }

    /// Returns the values of each field. Throws `userFunction` if a value is missing.
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
