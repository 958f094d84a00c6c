// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat

/// The location of one column's bytes: its regions in each segment, and its offset and stride in the rows of a group.
struct ColumnReader: Sendable {
    /// The location of a row: the run, the segment in the run, and the index in the segment.
    struct Place {
        var run: Int
        var segment: Int
        var row: Int
    }

    let field: Field
    /// The shape of a row, made once; nil for a ragged column.
    let fixedShape: [Int]?
    let codec: CodecID
    private(set) var group: Int?
    /// The offset of a fixed column in a row of its group.
    private(set) var offset: Int
    /// The distance in bytes between two rows of the group of a fixed column.
    let stride: Int
    /// The indices of the column's regions in each segment: `rowsRegion` of a fixed column, and the others of a
    /// variable one.
    let rowsRegion: Int
    let endsRegion: Int
    let dimensionsRegion: Int?
    let valuesRegion: Int

    /// The number of bytes of the fixed dimensions, which is the unit of the length of a variable row.
    let stepBytes: Int
    let varying: Int

    /// Returns the readers of all columns. O(columns).
    ///
    /// - Parameter channelPlaces: by column, the place of channels that the metadata of another file tells.
    static func all(_ layout: FileLayout, channelPlaces: [Int: ChannelPlace] = [:]) -> [ColumnReader] {
        // The first regions are those of the groups. The regions of variable columns follow them.
        var next = layout.footer.groups.count
        return layout.footer.columns.enumerated().map { index, column in
            defer { if column.group == nil { next += column.field.varyingCount > 1 ? 3 : 2 } }
            var column = column
            column.field.channelPlace = channelPlaces[index] ?? column.field.channelPlace
            return ColumnReader(layout, column, firstRegion: column.group ?? next)
        }
    }

    private init(_ layout: FileLayout, _ column: ColumnDescriptor, firstRegion: Int) {
        field = column.field
        fixedShape = column.field.fixedShape
        group = column.group
        codec = column.group.map { layout.footer.groups[$0].codec } ?? column.codec
        offset = column.offset
        stride = column.group.map { layout.footer.groups[$0].stride } ?? 0
        rowsRegion = firstRegion
        endsRegion = firstRegion
        dimensionsRegion = column.field.varyingCount > 1 ? firstRegion + 1 : nil
        valuesRegion = firstRegion + (column.field.varyingCount > 1 ? 2 : 1)
        stepBytes = column.field.fixedElementCount * column.field.dtype.size
        varying = column.field.varyingCount
    }

    /// Returns the column as a part of a group of several files.
    func of(group: Int, at offset: Int) -> ColumnReader {
        var copy = self
        (copy.group, copy.offset) = (group, offset)
        return copy
    }

    /// Returns whether the rows of two columns are located and read in an identical way.
    func liesLike(_ other: ColumnReader) -> Bool {
        field.dtype == other.field.dtype && field.shape == other.field.shape && codec == other.codec
            && group == other.group && offset == other.offset && stride == other.stride
            && endsRegion == other.endsRegion && valuesRegion == other.valuesRegion
    }

    /// The number of bytes in a row of a fixed column.
    var rowBytes: Int { stepBytes }
}

extension ColumnReader {
    /// Returns the shape of a row with the given varying dimensions.
    func shape(varying: ArraySlice<Int>) -> [Int] {
        var rest = varying
        return field.shape.map { $0 ?? rest.removeFirst() }
    }
}
