// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// Access to rows as views of the mapped file, or as copies.
extension StoredDataset {
    /// Returns consecutive rows of a column as a tensor over the mapped file, without a copy. Returns nil for an empty
    /// range, for rows in two segments, and for a column that is in a shared group, compressed or ragged.
    ///
    /// Throws `corruptFile` if verification finds damage, or if the file lost the rows. Traps if a row is out of range.
    public func mappedRows(_ rows: Range<Int>, column index: Int) throws(ColonnadeError) -> Tensor? {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "rows \(rows) of \(rowCount)")
        let column = columns[index]
        guard let shape = column.fixedShape,
            let start = try reading({ () throws(ColonnadeError) in
                try mappedStart(rows, column, verifier(inOrder: rows.count > 1))
            })
        else { return nil }
        return Tensor(dtype: column.field.dtype, shape: [rows.count] + shape, storage: whole, byteOffset: start)
    }

    /// Returns the offset of consecutive rows of a column in the file; nil unless they are contiguous.
    ///
    /// - Parameters:
    ///   - blocks: the checks that the rows need. If nil, a byte of each page is read instead, so that a page that the
    ///     disk cannot read is an error now, and not zeros later.
    ///   - isCheckedMeanwhile: whether neither is done, since the caller calls `finishChecks` at the end.
    func mappedStart(
        _ rows: Range<Int>, _ column: ColumnReader, _ blocks: BlockVerifier?, isCheckedMeanwhile: Bool = false
    ) throws(ColonnadeError) -> Int? {
        guard let group = column.group, column.codec == .plain, column.stride == column.rowBytes, !rows.isEmpty
        else { return nil }
        let place = self.place(ofRow: rows.lowerBound)
        guard rows.count <= rowsLeftInSegment(at: place) else { return nil }
        let number = segmentNumber(at: place)
        let start = segments[number].regions[group].offset + place.row * column.stride
        if isCheckedMeanwhile { return segments[number].offset + start }
        return try viewed(number, start..<start + rows.count * column.stride, region: group, blocks)
    }

    /// Returns the offset of bytes of a segment, after their blocks were checked, or at least each page was read.
    func viewed(
        _ number: Int, _ range: Range<Int>, region: Int, _ blocks: BlockVerifier?
    ) throws(ColonnadeError) -> Int {
        let start = segments[number].offset + range.lowerBound
        if let blocks {
            if blocks.needsCheck(region: region) { try check(number, range, blocks) }
        } else {
            file.touch(start..<start + range.count)
        }
        return start
    }

    /// Returns one row, a tensor for each column: a view of the mapped file where that is possible, and else a copy.
    ///
    /// Traps if the row is out of range. Throws `corruptFile` with the row and column.
    public func row(_ row: Int, columns indices: [Int]) throws(ColonnadeError) -> [Tensor] {
        try self.row(row, columns: indices, from: TensorPool(keeping: 0))
    }

    /// Returns one row as `row(_:columns:)` does, with copies in memory of a pool.
    package func row(_ row: Int, columns indices: [Int], from pool: TensorPool) throws(ColonnadeError) -> [Tensor] {
        try reading { () throws(ColonnadeError) in try values(ofRow: row, indices, pool) }
    }

    private func values(
        ofRow row: Int, _ indices: [Int], _ pool: TensorPool
    ) throws(ColonnadeError) -> [Tensor] {
        var reader = RowReader(self)
        var result: [Tensor] = []
        result.reserveCapacity(indices.count)
        for index in indices {
            guard columns[index].group != nil else {
                result.append(try reader.variableValue(row, columns[index], pool))
                continue
            }
            if let view = try fixedView(row, columns[index]) {
                result.append(view)
            } else {
                result.append(try gather(rows: [row], columns: [index], from: pool)[0][0])
            }
        }
        return result
    }

    /// Returns the shape of a value without reading its elements. Traps if the row is out of range. Throws
    /// `corruptFile`.
    public func shape(ofRow row: Int, column index: Int) throws(ColonnadeError) -> [Int] {
        let column = columns[index]
        if let shape = column.fixedShape { return shape }
        return try reading { () throws(ColonnadeError) in
            var dimensions: [Int] = []
            try RowReader(self).dimensions(row, column: column, appendingTo: &dimensions)
            return column.shape(varying: dimensions[...])
        }
    }

    private func fixedView(_ row: Int, _ column: ColumnReader) throws(ColonnadeError) -> Tensor? {
        guard let group = column.group, column.codec == .plain, let shape = column.fixedShape else { return nil }
        let place = self.place(ofRow: row)
        let number = segmentNumber(at: place)
        let start = segments[number].regions[group].offset + place.row * column.stride
        // The offset of a field in a row may not be aligned, but the elements of a tensor must be.
        guard (segments[number].offset + start + column.offset) % column.field.dtype.size == 0 else { return nil }
        let row = try viewed(number, start..<start + column.stride, region: group, verifier(inOrder: false))
        return Tensor(dtype: column.field.dtype, shape: shape, storage: whole, byteOffset: row + column.offset)
    }

    /// Returns a tensor over mapped bytes; nil if its elements would not be aligned.
    @unsafe func view(_ start: UnsafeRawPointer, _ byteCount: Int, _ dtype: DType, _ shape: [Int]) -> Tensor? {
        guard let base = unsafe file.bytes.baseAddress else { return nil }
        let offset = unsafe start - base
        guard offset % dtype.size == 0 else { return nil }
        if verifier(inOrder: false) == nil { file.touch(offset..<offset + byteCount) }
        return Tensor(dtype: dtype, shape: shape, storage: whole, byteOffset: offset)
    }

    /// Returns consecutive rows as a chunk, for another writer. Throws `corruptFile` with the row and column. O(bytes).
    public func chunk(rows: Range<Int>, columns indices: [Int]) throws(ColonnadeError) -> RecordChunk {
        try reading { () throws(ColonnadeError) in try copy(of: rows, indices) }
    }

    private func copy(of rows: Range<Int>, _ indices: [Int]) throws(ColonnadeError) -> RecordChunk {
        var chunk = RecordChunk(rowCount: rows.count, columns: [])
        var reader = RowReader(self, inOrder: true)
        let pool = TensorPool(keeping: 1)
        for index in indices {
            if columns[index].group != nil {
                let gather = BlockGather(self, [ColumnRequest(column: index)], batchesOf: rows.count, from: pool)
                let tensor = try gather.batch(of: Array(rows), areConsecutive: true)[0]
                chunk.columns.append(unsafe tensor.withUnsafeBytes { unsafe ColumnChunk(values: Array($0)) })
                continue
            }
            var result = ColumnChunk()
            for row in rows {
                let bytes = try reader.variableRow(row, column: columns[index], appendingTo: &result.dimensions)
                unsafe result.values.append(
                    contentsOf: UnsafeRawBufferPointer(start: bytes.start, count: bytes.byteCount))
                result.ends.append(result.values.count)
            }
            if columns[index].varying == 1 { result.dimensions = [] }
            chunk.columns.append(result)
        }
        return chunk
    }
}
