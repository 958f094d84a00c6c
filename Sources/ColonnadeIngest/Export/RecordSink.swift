// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore
import ColonnadeSystem

/// Where records go that leave a data set: the counterpart of `RecordSource`.
///
/// A sink is finished, or dropped, and then its target is as it was.
public protocol RecordSink: ~Copyable {
    /// Takes the next rows; the columns are those of the schema that the sink was made for.
    ///
    /// Throws `invalidArgument` with row and column for a value that the format cannot hold, `corruptFile` for strings that
    /// are not UTF-8, `system`.
    mutating func append(_ chunk: RecordChunk) throws(ColonnadeError)

    /// Completes the target and publishes it. Throws `system`, `fileExists`.
    consuming func finish() throws(ColonnadeError)
}

/// Bytes on their way into a staging file.
struct StagedOutput: ~Copyable {
    private let staging: StagingFile
    private let replacing: Bool
    private var offset = 0

    private static let bufferSize = 1 << 20

    init(path: String, replacing: Bool) throws(ColonnadeError) {
        staging = try StagingFile(target: path, replacing: replacing)
        self.replacing = replacing
    }

    /// Takes over what is in `text`, which is empty afterwards, when it is worth a write.
    mutating func take(_ text: inout [UInt8]) throws(ColonnadeError) {
        if text.count >= Self.bufferSize { try takeAll(&text) }
    }

    mutating func takeAll(_ text: inout [UInt8]) throws(ColonnadeError) {
        try staging.file.write(text, at: offset)
        offset += text.count
        text.removeAll(keepingCapacity: true)
    }

    /// Writes anywhere, for files whose layout is known beforehand.
    func write(_ bytes: [UInt8], at offset: Int) throws(ColonnadeError) {
        try staging.file.write(bytes, at: offset)
    }

    consuming func publish() throws(ColonnadeError) {
        let replacing = replacing
        try staging.publish(replacing: replacing)
    }
}

extension ColumnChunk {
    /// The rows as tensors. O(bytes).
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
