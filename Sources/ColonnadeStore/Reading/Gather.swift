// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
public import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

extension StoredDataset {
    /// Copies rows, in the order given and any of them more than once, into one tensor a column with a leading dimension.
    ///
    /// Ragged rows, bytes and strings are padded with zeros at the end of each dimension to the longest of the rows.
    ///
    /// - Parameters:
    ///   - rows: row numbers; traps for one past the end.
    ///   - columns: positions in the schema.
    ///   - pool: where the memory comes from.
    /// - Throws: `corruptFile` with the row and column; `invalidArgument` where a padded tensor would be out of all
    ///   proportion to its rows.
    public func gather(rows: [Int], columns wanted: [Int], from pool: TensorPool) throws(ColonnadeError) -> [Tensor] {
        var reader = RowReader(self)
        var tensors = [Tensor?](repeating: nil, count: wanted.count)
        for slot in wanted.indices where tensors[slot] == nil {
            let column = columns[wanted[slot]]
            guard let group = column.group else {
                tensors[slot] = try reader.gatherVariable(rows, column, pool)
                continue
            }
            if column.codec != .plain {
                tensors[slot] = try reader.gatherCompressed(rows, column, pool)
                continue
            }
            // All wanted columns of the group in one pass over its rows.
            let slots = isShared[group] ? wanted.indices.filter { columns[wanted[$0]].group == group } : [slot]
            let gathered = try reader.gatherGroup(rows, slots.map { columns[wanted[$0]] }, group, pool)
            for (slot, tensor) in zip(slots, gathered) { tensors[slot] = tensor }
        }
        return tensors.compactMap { $0 }
    }

    /// Consecutive rows of a column as a tensor over the mapped file, without a copy; nil where they do not lie that way:
    /// in a shared group, compressed, ragged, or across two segments; and for no rows.
    ///
    /// Throws `corruptFile` where verification on first touch finds something. Traps past the end.
    public func mappedRows(_ rows: Range<Int>, column index: Int) throws(ColonnadeError) -> Tensor? {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "rows \(rows) of \(rowCount)")
        let column = columns[index]
        guard let group = column.group, column.codec == .plain, column.stride == column.rowBytes, !rows.isEmpty,
            let shape = column.field.fixedShape
        else { return nil }
        let place = self.place(ofRow: rows.lowerBound)
        guard rows.count <= rowsLeftInSegment(at: place) else { return nil }
        let segment = self.segment(at: place)
        let start = segment.regions[group].offset + place.row * column.stride
        let range = start..<start + rows.count * column.stride
        try check(segment, range)
        let bytes = unsafe UnsafeRawBufferPointer(
            rebasing: file.bytes[segment.offset + range.lowerBound..<segment.offset + range.upperBound])
        return Tensor(
            dtype: column.field.dtype, shape: [rows.count] + shape,
            storage: unsafe TensorStorage(borrowing: bytes, owner: file))
    }

    /// One row, a tensor a column. Traps past the end. Throws `corruptFile` with the row and column.
    public func row(_ row: Int, columns wanted: [Int], from pool: TensorPool) throws(ColonnadeError) -> [Tensor] {
        try gather(rows: [row], columns: wanted, from: pool).map { $0[0] }
    }

    /// Consecutive rows as a chunk, to be written elsewhere. Throws `corruptFile` with the row and column. O(bytes).
    public func chunk(rows: Range<Int>, columns wanted: [Int]) throws(ColonnadeError) -> RecordChunk {
        var chunk = RecordChunk(rowCount: rows.count, columns: [])
        var reader = RowReader(self)
        let pool = TensorPool(keeping: 1)
        for index in wanted {
            if columns[index].group != nil {
                let tensor = try gather(rows: Array(rows), columns: [index], from: pool)[0]
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

extension RowReader {
    /// Fixed columns of one plain group.
    fileprivate func gatherGroup(
        _ rows: [Int], _ columns: [ColumnReader], _ group: Int, _ pool: TensorPool
    ) throws(ColonnadeError) -> [Tensor] {
        let addresses = unsafe try addresses(ofRows: rows, group: group)
        var tensors: [Tensor] = []
        var members: [colonnade_member] = unsafe []
        for column in columns {
            let storage = pool.take(byteCount: try column.byteCount(ofRows: rows.count))
            tensors.append(column.tensor(rows.count, column.field.fixedShape ?? [], storage))
            guard let target = unsafe storage.mutableBytes.baseAddress else { continue }
            unsafe members.append(colonnade_member(target: target, offset: column.offset, size: column.rowBytes))
        }
        unsafe addresses.withUnsafeBufferPointer { addresses in
            unsafe members.withUnsafeBufferPointer { members in
                guard let rows = addresses.baseAddress, let first = members.baseAddress else { return }
                unsafe colonnade_gather(rows, addresses.count, columns[0].stride, first, members.count)
            }
        }
        return tensors
    }

    /// A fixed column of a compressed group: rows in file order, so that each block is decoded once.
    fileprivate mutating func gatherCompressed(
        _ rows: [Int], _ column: ColumnReader, _ pool: TensorPool
    ) throws(ColonnadeError) -> Tensor {
        let size = column.rowBytes
        let storage = pool.take(byteCount: try column.byteCount(ofRows: rows.count))
        let memory = unsafe storage.mutableBytes
        for index in rows.indices.sorted(by: { rows[$0] < rows[$1] }) {
            let target = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[index * size..<(index + 1) * size])
            try unsafe decodeRow(rows[index], column: column, into: target)
        }
        return column.tensor(rows.count, column.field.fixedShape ?? [], storage)
    }

    /// A variable column, padded with zeros.
    fileprivate mutating func gatherVariable(
        _ rows: [Int], _ column: ColumnReader, _ pool: TensorPool
    ) throws(ColonnadeError) -> Tensor {
        var found: [VariableRow] = []
        found.reserveCapacity(rows.count)
        var dimensions: [Int] = []
        var kept: [TensorStorage] = []
        for row in rows {
            var bytes = try variableRow(row, column: column, appendingTo: &dimensions)
            if !bytes.isMapped { bytes = bytes.copied(keeping: &kept, pool) }
            found.append(bytes)
        }
        let longest = (0..<column.varying).map { dimension in
            stride(from: dimension, to: dimensions.count, by: column.varying).reduce(0) { max($0, dimensions[$1]) }
        }
        let shape = column.shape(varying: longest[...])
        let own = found.reduce(0) { $0 + $1.byteCount }
        let total = try PaddedCopy.byteCount([rows.count] + shape, column.field.dtype, column.field.name, of: own)
        let rowBytes = rows.isEmpty ? 0 : total / rows.count
        let storage = pool.take(byteCount: total)
        let memory = unsafe storage.mutableBytes
        for (index, bytes) in found.enumerated() {
            let own = column.shape(varying: dimensions[index * column.varying..<(index + 1) * column.varying])
            unsafe PaddedCopy.copy(
                UnsafeRawBufferPointer(start: bytes.start, count: bytes.byteCount), shape: own,
                to: UnsafeMutableRawBufferPointer(rebasing: memory[index * rowBytes..<(index + 1) * rowBytes]),
                shape: shape, elementSize: column.field.dtype.size)
        }
        return column.tensor(rows.count, shape, storage)
    }
}

extension RowReader.VariableRow {
    /// The same bytes where they stay until `kept` goes.
    fileprivate func copied(keeping kept: inout [TensorStorage], _ pool: TensorPool) -> RowReader.VariableRow {
        let storage = TensorStorage(byteCount: byteCount)
        kept.append(storage)
        let memory = unsafe storage.mutableBytes
        unsafe memory.copyMemory(from: UnsafeRawBufferPointer(start: start, count: byteCount))
        guard let copy = memory.baseAddress else { preconditionFailure("storage has an address") }
        return unsafe RowReader.VariableRow(start: UnsafeRawPointer(copy), byteCount: byteCount, isMapped: true)
    }
}

extension ColumnReader {
    fileprivate func tensor(_ rows: Int, _ shape: [Int], _ storage: TensorStorage) -> Tensor {
        Tensor(dtype: field.dtype, shape: [rows] + shape, storage: storage)
    }

    /// Bytes of so many rows of a fixed column. Throws `invalidArgument` beyond what a batch may be.
    fileprivate func byteCount(ofRows count: Int) throws(ColonnadeError) -> Int {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: rowBytes)
        guard !overflow, bytes <= PaddedCopy.limit else {
            throw ColonnadeError(
                .invalidArgument,
                "\(count) rows of column \"\(field.name)\" are too large for a batch: use smaller batches")
        }
        return bytes
    }

    /// The shape of a row with these varying dimensions.
    fileprivate func shape(varying: ArraySlice<Int>) -> [Int] {
        var rest = varying
        return field.shape.map { $0 ?? rest.removeFirst() }
    }
}
