// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore

/// The target of records that leave a data set: the counterpart of `RecordSource`.
///
/// A sink that is dropped without `finish` leaves its target as it was.
public protocol RecordSink: ~Copyable {
    /// Takes the next rows; the columns are those of the schema that the sink was made for.
    ///
    /// Throws `invalidArgument` with row and column for a value that the format cannot hold, `corruptFile` for strings that
    /// are not UTF-8, `system`.
    mutating func append(_ chunk: RecordChunk) throws(ColonnadeError)

    /// Whether the target gets its bytes at once, from front to back, as a pipe does.
    var isSequential: Bool { get }

    /// Completes the target and publishes it. Throws `system`, `fileExists`.
    consuming func finish() throws(ColonnadeError)
}

extension ColumnChunk {
    /// Returns the rows as tensors. O(bytes).
    func tensors(of field: Field, rows: Int) throws(ColonnadeError) -> [Tensor] {
        let storage = Tensor(values).storage
        if let shape = field.fixedShape {
            let bytes = field.fixedByteCount ?? 0
            return (0..<rows).map { Tensor(dtype: field.dtype, shape: shape, storage: storage, byteOffset: $0 * bytes) }
        }
        let step = field.fixedElementCount * field.dtype.size
        let varying = field.varyingCount
        var tensors: [Tensor] = []
        var start = 0
        for row in 0..<rows {
            let end = ends[row]
            var sizes = varying > 1 ? dimensions[row * varying..<(row + 1) * varying] : [(end - start) / step]
            let shape = field.shape.map { $0 ?? sizes.removeFirst() }
            tensors.append(Tensor(dtype: field.dtype, shape: shape, storage: storage, byteOffset: start))
            start = end
        }
        return tensors
    }
}
