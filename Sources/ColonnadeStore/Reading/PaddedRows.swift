// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore
import ColonnadeSystem

/// Values of one field that become one tensor: stacked along a new dimension, or joined along one that they have. Shorter rows
/// are padded at the end of each dimension.
package struct PaddedRows {
    private let rows: [Tensor]
    private let conversion: Conversion?
    private let field: Field
    private let dtype: DType

    private let number: (Int) -> Int?

    /// Makes the rows of a field, of which there may be none. Throws `invalidArgument` with the row whose data type or rank is
    /// another.
    ///
    /// - Parameter number: returns the number of a row in its data set, for messages; nil if it has none.
    package init(
        _ rows: [Tensor], _ conversion: Conversion? = nil, as field: Field,
        number: @escaping (Int) -> Int? = { _ in nil }
    ) throws(ColonnadeError) {
        self.rows = rows
        self.conversion = conversion
        self.field = field
        self.number = number
        dtype = conversion?.target ?? rows.first?.dtype ?? field.dtype
        for (index, row) in rows.enumerated() where row.dtype != rows[0].dtype || row.rank != rows[0].rank {
            throw ColonnadeError(
                .invalidArgument,
                "sample \(index) of a batch has \(row) as \"\(field.name)\", but the first has \(rows[0]): a batch cannot hold both"
            )
        }
    }

    /// Returns the largest size of each dimension.
    private func largest() -> [Int] {
        var shape = rows.first?.shape ?? field.shape.map { $0 ?? 0 }
        for row in rows.dropFirst() {
            for dimension in shape.indices { shape[dimension] = max(shape[dimension], row.shape[dimension]) }
        }
        return shape
    }

    /// Throws `invalidArgument` if pictures or sounds have different numbers of channels, except along a dimension in which they are
    /// joined.
    private func checkChannels(besides joined: Int? = nil) throws(ColonnadeError) {
        guard let place = field.channelPlace else { return }
        for (index, row) in rows.enumerated().dropFirst() {
            guard let dimension = place.difference(between: rows[0].shape, and: row.shape), dimension != joined else {
                continue
            }
            let (channels, others) = (row.shape[dimension], rows[0].shape[dimension])
            let first = number(0).map { "row \($0)" } ?? "the first"
            let location = number(index).map { ColonnadeError.Place.sample(row: $0, key: field.name) }
            throw ColonnadeError(.invalidArgument, at: location) {
                "\"\(field.name)\" has \(channels) channel\(channels == 1 ? "" : "s"), and in \(first) of its batch it has \(others): "
                    + "channels are never padded, so decode all to one number of them (pictures with \($0.colorChannels), sound with \($0.oneChannel))"
            }
        }
    }

    private var ownBytes: Int { rows.reduce(0) { $0 + $1.count * dtype.size } }

    /// Stacks the rows as a request says, which may be without padding. Throws as `stacked(padding:from:)` does.
    package func stacked(_ request: ColumnRequest, from pool: TensorPool) throws(ColonnadeError) -> Tensor {
        try stacked(Padding(request.padding, as: dtype), unpadsTexts: request.unpadsTexts, from: pool)
    }

    /// Stacks the rows along a new first dimension. Throws `invalidArgument` where the result would be out of all proportion to the
    /// rows.
    package func stacked(padding: Double, from pool: TensorPool) throws(ColonnadeError) -> Tensor {
        try stacked(Padding(padding, as: dtype), from: pool)
    }

    /// Stacks the rows with a padding of their data type, or texts without padding.
    func stacked(
        _ padding: Padding, unpadsTexts: Bool = false, from pool: TensorPool
    ) throws(ColonnadeError) -> Tensor {
        if unpadsTexts, conversion == nil, let texts = try UnpaddedTexts.batch(of: rows, from: pool) { return texts }
        try checkChannels()
        let shape = largest()
        let total = try Padding.byteCount([rows.count] + shape, dtype, field.name, of: ownBytes)
        let rowBytes = total / max(rows.count, 1)
        let storage = try pool.take(byteCount: total)
        let memory = unsafe storage.mutableBytes
        var meter = InterruptMeter()
        for (index, row) in rows.enumerated() {
            if index > 0 { try meter.advance(by: rowBytes) }
            let target = unsafe UnsafeMutableRawBufferPointer(
                rebasing: memory[index * rowBytes..<(index + 1) * rowBytes])
            if let conversion, row.shape == shape {
                unsafe row.withUnsafeBytes { unsafe conversion.convert($0, to: target) }
                continue
            }
            let converted = try conversion?.callAsFunction(row, from: pool) ?? row
            unsafe converted.withUnsafeBytes { source in
                unsafe padding.copy(source, shape: row.shape, to: target, shape: shape)
            }
        }
        return Tensor(dtype: dtype, shape: [rows.count] + shape, storage: storage)
    }

    /// Joins the rows along a dimension that they have. Throws as `stacked` does.
    package func joined(
        along dimension: Int, padding: Double, from pool: TensorPool
    ) throws(ColonnadeError) -> Tensor {
        try checkChannels(besides: dimension)
        var shape = largest()
        shape[dimension] = rows.reduce(0) { $0 + $1.shape[dimension] }
        let total = try Padding.byteCount(shape, dtype, field.name, of: ownBytes, rows: rows.count)
        let storage = try pool.take(byteCount: total)
        let memory = unsafe storage.mutableBytes
        let fits = rows.allSatisfy { row in
            row.shape.indices.allSatisfy { $0 == dimension || row.shape[$0] == shape[$0] }
        }
        if !fits { unsafe Padding(padding, as: dtype).fill(memory) }
        var origin = [Int](repeating: 0, count: shape.count)
        var meter = InterruptMeter()
        for row in rows {
            try meter.advance(by: row.count * dtype.size)
            let converted = try conversion?.callAsFunction(row, from: pool) ?? row
            unsafe converted.withUnsafeBytes { source in
                unsafe Padding.place(
                    source, shape: row.shape, in: memory, shape: shape, at: origin, elementSize: dtype.size)
            }
            origin[dimension] += row.shape[dimension]
        }
        return Tensor(dtype: dtype, shape: shape, storage: storage)
    }
}
