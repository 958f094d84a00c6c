// SPDX-License-Identifier: Apache-2.0

public import CArrow
public import Colonnade
public import ColonnadeCore
import ColonnadeStore

/// The samples of a buffer as record batches, for other libraries that read Arrow's C stream interface: pyarrow, Polars,
/// DuckDB, pandas.
///
///     try unsafe ArrowExport(buffer).write(to: &stream)
///
/// A batch has consecutive samples in the order of epoch 0. Numbers that lie in a file as Arrow has them are lent without a
/// copy; the batch keeps the file mapped. `docs/arrow.md` has the Arrow type for each column.
public struct ArrowExport: Sendable {
    private let buffer: Buffer
    private let columns: [ArrowColumnExport]

    /// Describes the batches of a buffer. Reads nothing.
    ///
    /// Throws `invalidArgument` for a buffer of batches, and for a key that has no type of Arrow.
    public init(_ buffer: Buffer) throws(ColonnadeError) {
        guard !buffer.isBatched else {
            throw ColonnadeError(
                .invalidArgument,
                "a buffer of batches has no rows for Arrow: export the buffer of samples before the batches")
        }
        var exported = buffer
        // Arrow has no bfloat16, and float32 holds all of its values.
        for field in buffer.schema where field.dtype == .bfloat16 {
            exported = try exported.cast(field.name, to: .float32)
        }
        self.buffer = exported
        columns = try exported.schema.map { (field) throws(ColonnadeError) in try ArrowColumnExport(field) }
    }

    var plan: ArrowNodePlan { ArrowNodePlan(rowsOf: columns.map(\.plan)) }

    var count: Int { buffer.count }

    /// Fills a structure of the C stream interface, which the caller owns and releases.
    @unsafe public func write(to stream: UnsafeMutablePointer<ArrowArrayStream>) {
        unsafe ArrowStreamOwner(self).lend(to: stream)
    }

    /// Throws `invalidArgument` unless a schema that a consumer requests has the keys of the samples in their order. Its types
    /// are a wish, which consumers cast to.
    @unsafe public func check(requested: UnsafePointer<ArrowSchema>) throws(ColonnadeError) {
        var names: [String] = []
        for index in 0..<max(0, unsafe Int(requested.pointee.n_children)) {
            let name = unsafe requested.pointee.children?[index]?.pointee.name
            names.append(unsafe name.map { unsafe String(cString: $0) } ?? "")
        }
        guard names.exactNames == buffer.schema.names.exactNames else {
            throw ColonnadeError(
                .invalidArgument,
                "the requested schema has the columns \(names), and the samples have \(buffer.schema.names): select keys first"
            )
        }
    }

    // MARK: Batches

    private static let batchBytes = 1 << 23
    private static let mostRows = 1 << 20

    /// Returns how many samples the next batch has.
    ///
    /// - Parameters:
    ///   - before: the number of samples of the batch before it; nil for the first one.
    ///   - rowBytes: the bytes of one of its samples.
    func size(after before: Int?, rowBytes: Int) -> Int {
        let fixed = buffer.schema.reduce(0) { $0.saturatingSum($1.fixedByteCount ?? 0) }
        guard columns.contains(where: \.isRagged) else { return ArrowExport.rows(of: fixed) }
        // Samples may be of any size: a few tell how large they are.
        return before.map { min($0 * 4, ArrowExport.rows(of: rowBytes)) } ?? 64
    }

    /// Returns a power of two, so that batches rarely have rows of two segments.
    private static func rows(of bytes: Int) -> Int {
        let most = max(1, min(mostRows, batchBytes / max(1, bytes)))
        return 1 << (Int.bitWidth - 1 - most.leadingZeroBitCount)
    }

    /// Returns a batch, and its bytes. Throws the errors of making samples.
    func batch(_ indices: Range<Int>) throws(ColonnadeError) -> (values: ArrowValues, byteCount: Int) {
        var bytes = 0
        var arrays = [ArrowValues?](repeating: nil, count: columns.count)
        // Functions of the program are called once for each sample, and all columns have the values of one call.
        let isOneByOne = columns.contains(where: \.isRagged) && buffer.runsUserCode
        let ragged = columns.indices.filter { columns[$0].isRagged || isOneByOne }
        if !ragged.isEmpty {
            let chunk = try buffer.chunk(indices, ragged.map { columns[$0].field.name })
            for (index, column) in zip(ragged, chunk.columns) {
                let values = try columns[index].array(column, rows: indices.count)
                bytes += values.byteCount
                arrays[index] = values
            }
        }
        let fixed = columns.indices.filter { arrays[$0] == nil }
        if !fixed.isEmpty {
            let stacked = try buffer.selecting(fixed.map { columns[$0].field.name })
                .dropFirst(indices.lowerBound).prefix(indices.count).batched(by: indices.count)[0]
            for (index, tensor) in zip(fixed, stacked.tensors) {
                bytes += tensor.byteCount
                arrays[index] = try columns[index].array(tensor)
            }
        }
        return (ArrowValues(rows: indices.count, arrays.compactMap { $0 }), bytes)
    }
}
