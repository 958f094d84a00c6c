// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

extension Pipelined {
    /// Replaces values by the results of a function of another language. It is called once for many samples, so that the change of
    /// language costs little. After `batched` it receives one batch at a time.
    ///
    /// - Parameters:
    ///   - keys: the keys of the arguments, in this order. The function owns their memory, and may change it.
    ///   - outputs: the fields of the results, each under the key that it replaces or adds.
    ///   - needsIdentities: whether the function uses the row and epoch of each sample.
    ///   - function: the function. Several threads may call it at once.
    /// - Throws: `unknownKey`. While running, `userFunction` with the row.
    package func mapRows(
        _ keys: [String], to outputs: [Field], label: String, needsIdentities: Bool = false,
        _ function: @escaping @Sendable (RowValues) throws -> Void
    ) throws(ColonnadeError) -> Self {
        try adding(
            MapRows(keys: keys, fields: outputs, label: label, needsIdentities: needsIdentities, function: function))
    }
}

/// Calls a function of another language once for many samples.
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

extension Tensor {
    /// Copies the elements of tensors into one new block of memory, one tensor after another.
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
