// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
public import ColonnadeFormat
import ColonnadeSystem

extension StoredDataset {
    /// The storage of a column: its codec, size and group.
    public struct ColumnStorage: Sendable, Hashable {
        public let codec: CodecID
        /// The group of a fixed column, or nil. Columns of one group are stored together, row by row.
        public let group: Int?
        /// The distance in bytes between two rows of the group; nil for a variable column.
        public let stride: Int?
        /// The number of bytes of this column in the file. For a shared group, it is the column's share of the rows.
        public let byteCount: Int
        /// The number of these bytes after decoding: as many as `byteCount` if the codec is plain.
        public let decodedByteCount: Int
    }

    /// The location of consecutive rows of a column in the file.
    public struct Extent: Sendable, Hashable {
        public let segment: Int
        public let rows: Range<Int>
        public let column: String
        /// The offset of the first row from the start of the file.
        public let offset: Int
        public let stride: Int
    }

    public var byteCount: Int { layout.commit.end }

    public var segmentCount: Int { layout.footer.runs.reduce(0) { $0 + $1.segments.count } }

    /// The number of bytes after the end of the data set, which an interrupted append left. The next append removes
    /// them.
    public var trailingByteCount: Int { file.byteCount - layout.commit.end }

    /// Returns the storage of a column. O(segments).
    public func storage(ofColumn index: Int) -> ColumnStorage {
        let column = layout.footer.columns[index]
        let reader = columns[index]
        let regions = column.group.map { $0...$0 } ?? reader.endsRegion...reader.valuesRegion
        var (bytes, decoded) = (0, 0)
        for run in layout.footer.runs {
            for segment in run.segments {
                for region in segment.regions[regions] {
                    bytes += region.storedLength
                    // The lengths in a damaged file may have a sum that no `Int` has.
                    decoded = decoded.saturatingSum(region.length)
                }
            }
        }
        guard let group = column.group else {
            return ColumnStorage(
                codec: column.codec, group: nil, stride: nil, byteCount: bytes, decodedByteCount: decoded)
        }
        let stride = layout.footer.groups[group].stride
        let rowBytes = column.field.fixedByteCount ?? 0
        let isAlone = stride == rowBytes
        return ColumnStorage(
            codec: layout.footer.groups[group].codec, group: group, stride: stride,
            byteCount: isAlone ? bytes : rowCount * rowBytes, decodedByteCount: isAlone ? decoded : rowCount * rowBytes)
    }

    /// Returns the number of bytes that a reader of some columns reads for all rows: of a shared group also those of its other
    /// columns. O(segments).
    package func byteCount(ofColumns indices: [Int]) -> Int {
        let regions = regions(of: indices)
        return segments.reduce(0) { sum, segment in regions.reduce(sum) { $0 + segment.regions[$1].storedLength } }
    }

    /// The locations of the rows of plain fixed columns, segment by segment, for programs that read the file directly.
    public var extents: [Extent] {
        var result: [Extent] = []
        var number = 0
        for (run, firstRow) in zip(layout.footer.runs, layout.firstRows) {
            for (index, segment) in run.segments.enumerated() {
                let start = firstRow + index << run.segmentExponent
                for column in layout.footer.columns {
                    guard let group = column.group, layout.footer.groups[group].codec == .plain else { continue }
                    result.append(
                        Extent(
                            segment: number, rows: start..<start + run.rows(ofSegment: index),
                            column: column.field.name,
                            offset: segment.offset + segment.regions[group].offset + column.offset,
                            stride: layout.footer.groups[group].stride))
                }
                number += 1
            }
        }
        return result
    }
}
