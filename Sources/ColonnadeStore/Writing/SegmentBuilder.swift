// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore
import ColonnadeFormat

/// A buffer of rows until their segment is full.
///
/// If all rows have one size, the rows of the first group are not buffered but passed on at once: their offset in the
/// segment does not depend on the number of rows.
struct SegmentBuilder {
    /// The buffered rows of one group, interleaved.
    fileprivate struct GroupRows {
        let stride: Int
        let columns: [(index: Int, offset: Int, size: Int)]
        var bytes: [UInt8] = []
    }

    /// The buffered rows of one variable column.
    fileprivate struct VariableRows {
        let index: Int
        let varying: Int
        var values: [UInt8] = []
        var ends: [UInt64] = []
        var dimensions: [UInt64] = []
    }

    private var groups: [GroupRows]
    private var variables: [VariableRows]
    /// Whether the rows of the first group are passed on at once.
    private let passesFirstGroup: Bool
    private(set) var rowCount = 0

    init(columns: [ColumnDescriptor], groups: [GroupDescriptor]) {
        var members = [[(index: Int, offset: Int, size: Int)]](repeating: [], count: groups.count)
        for (index, column) in columns.enumerated() {
            guard let group = column.group else { continue }
            members[group].append((index, column.offset, column.field.fixedByteCount ?? 0))
        }
        self.groups = zip(groups, members).map { GroupRows(stride: $0.stride, columns: $1) }
        variables = columns.indices.filter { columns[$0].field.isRagged }.map {
            VariableRows(index: $0, varying: columns[$0].field.varyingCount)
        }
        passesFirstGroup = variables.isEmpty && groups.first?.codec == .plain
    }

    /// The number of buffered bytes.
    var byteCount: Int {
        groups.reduce(0) { $0 + $1.bytes.count }
            + variables.reduce(0) { $0 + $1.values.count + 8 * ($1.ends.count + $1.dimensions.count) }
    }

    /// Returns the number of rows of a chunk, at least one, that have at most `limit` bytes in variable columns. O(log
    /// rows).
    func rows(of chunk: RecordChunk, from row: Int, atMost most: Int, bytes limit: Int) -> Int {
        func bytes(_ count: Int) -> Int {
            variables.reduce(0) { sum, rows in
                let ends = chunk.columns[rows.index].ends
                return sum + ends[row + count - 1] - (row == 0 ? 0 : ends[row - 1])
            }
        }
        // Most chunks fit completely.
        return bytes(most) <= limit ? most : (1..<max(most, 2)).lastByBisection { bytes($0) <= limit }
    }

    /// Appends a range of rows of a valid chunk.
    mutating func append(
        _ chunk: RecordChunk, rows: Range<Int>, to segments: inout SegmentWriter
    ) throws(ColonnadeError) {
        for index in groups.indices {
            if index == 0, passesFirstGroup {
                try groups[0].pass(chunk, rows, to: &segments)
            } else {
                groups[index].append(chunk, rows)
            }
        }
        for index in variables.indices { variables[index].append(chunk.columns[variables[index].index], rows) }
        rowCount += rows.count
    }

    /// Writes the first `rows` rows as a segment, and removes them.
    mutating func writeSegment(
        rows: Int, to segments: inout SegmentWriter
    ) throws(ColonnadeError) -> SegmentDescriptor {
        precondition(rows <= rowCount, "there are not that many rows")
        for index in groups.indices {
            let count = rows * groups[index].stride
            if index == 0, passesFirstGroup {
                precondition(rows == rowCount, "rows of the next segment were passed on")
                try segments.endRegion(length: count)
            } else {
                try segments.writeRegion(groups[index].bytes, count, rows: rows)
                groups[index].bytes.removeFirst(count)
            }
        }
        for index in variables.indices {
            let length = rows == 0 ? 0 : Int(variables[index].ends[rows - 1])
            let dimensions = variables[index].varying > 1 ? rows * variables[index].varying : 0
            // The format is little-endian, and so are all platforms that Swift supports.
            try segments.writeRegion(variables[index].ends, rows, rows: rows)
            if variables[index].varying > 1 {
                try segments.writeRegion(variables[index].dimensions, dimensions, rows: rows)
            }
            try segments.writeRegion(variables[index].values, length, rows: rows)
            variables[index].dropRows(rows, bytes: length, dimensions: dimensions)
        }
        rowCount -= rows
        return try segments.endSegment()
    }
}

extension SegmentBuilder.GroupRows {
    /// The number of bytes of rows of several columns that are interleaved at a time, so that they stay in the cache.
    private static let passedBytes = 1 << 16

    /// Whether the group has one column, without padding.
    private var isOneColumn: Bool { columns.count == 1 && columns[0].size == stride }

    /// Passes rows on without keeping them.
    fileprivate mutating func pass(
        _ chunk: RecordChunk, _ rows: Range<Int>, to segments: inout SegmentWriter
    ) throws(ColonnadeError) {
        if isOneColumn {
            let part = rows.lowerBound * stride..<rows.upperBound * stride
            try unsafe chunk.columns[columns[0].index].withUnsafeBytes { (memory) throws(ColonnadeError) in
                try unsafe segments.append(UnsafeRawBufferPointer(rebasing: memory[part]))
            }
            return
        }
        let step = max(1, Self.passedBytes / max(1, stride))
        for start in Swift.stride(from: rows.lowerBound, to: rows.upperBound, by: step) {
            append(chunk, start..<min(start + step, rows.upperBound))
            try segments.append(bytes)
            bytes.removeAll(keepingCapacity: true)
        }
    }

    fileprivate mutating func append(_ chunk: RecordChunk, _ rows: Range<Int>) {
        if isOneColumn {
            let part = rows.lowerBound * stride..<rows.upperBound * stride
            unsafe chunk.columns[columns[0].index].withUnsafeBytes { unsafe bytes.append(contentsOf: $0[part]) }
            return
        }
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: rows.count * stride))
        for column in columns where column.size > 0 {
            unsafe chunk.columns[column.index].withUnsafeBytes { source in
                unsafe bytes.withUnsafeMutableBytes { target in
                    guard let source = source.baseAddress, let target = target.baseAddress else { return }
                    unsafe colonnade_scatter(
                        target + start, stride, column.offset, column.size, source + rows.lowerBound * column.size,
                        rows.count)
                }
            }
        }
    }
}

extension SegmentBuilder.VariableRows {
    fileprivate mutating func append(_ column: ColumnChunk, _ rows: Range<Int>) {
        guard let last = rows.last else { return }
        let start = rows.lowerBound == 0 ? 0 : column.ends[rows.lowerBound - 1]
        let base = values.count
        unsafe column.withUnsafeBytes { unsafe values.append(contentsOf: $0[start..<column.ends[last]]) }
        ends.append(contentsOf: column.ends[rows].lazy.map { UInt64($0 - start + base) })
        if varying > 1 {
            dimensions.append(
                contentsOf: column.dimensions[rows.lowerBound * varying..<rows.upperBound * varying].lazy.map(
                    UInt64.init))
        }
    }

    fileprivate mutating func dropRows(_ rows: Int, bytes: Int, dimensions dropped: Int) {
        values.removeFirst(bytes)
        ends.removeFirst(rows)
        dimensions.removeFirst(dropped)
        if bytes > 0 {
            for row in ends.indices { ends[row] -= UInt64(bytes) }
        }
    }
}

extension SegmentWriter {
    /// Writes the next region: the first `count` of some elements.
    fileprivate mutating func writeRegion<Element>(
        _ elements: [Element], _ count: Int, rows: Int
    ) throws(ColonnadeError) {
        try unsafe elements.withUnsafeBufferPointer { (elements) throws(ColonnadeError) in
            try unsafe writeRegion(
                UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: elements[..<count])), rows: rows)
        }
    }
}
