// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat

/// Where one column's bytes are: which regions of every segment, and which segment a row is in.
struct ColumnReader: Sendable {
    /// A row's place: the run and segment it is in, and its number there.
    struct Place {
        var run: Int
        var segment: Int
        var row: Int
    }

    let field: Field
    let codec: CodecID
    let group: Int?
    /// Of a fixed column, in a row of its group.
    let offset: Int
    /// Of the group of a fixed column.
    let stride: Int
    /// Indices of its regions in each segment: `rows` of a fixed column; `ends`, `dimensions`, `values` of a variable one.
    let rowsRegion: Int
    let endsRegion: Int
    let dimensionsRegion: Int?
    let valuesRegion: Int

    /// Bytes of one step of the fixed dimensions.
    let stepBytes: Int
    let varying: Int

    /// Readers of all columns. O(columns).
    static func all(_ layout: FileLayout) -> [ColumnReader] {
        // The regions of a variable column follow those of the groups, which have the groups' numbers.
        var next = layout.footer.groups.count
        return layout.footer.columns.map { column in
            defer { if column.group == nil { next += column.field.varyingCount > 1 ? 3 : 2 } }
            return ColumnReader(layout, column, firstRegion: column.group ?? next)
        }
    }

    private init(_ layout: FileLayout, _ column: ColumnDescriptor, firstRegion: Int) {
        field = column.field
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

    /// Whether the rows of both are found and read alike.
    func liesLike(_ other: ColumnReader) -> Bool {
        field.dtype == other.field.dtype && field.shape == other.field.shape && codec == other.codec
            && group == other.group && offset == other.offset && stride == other.stride
            && endsRegion == other.endsRegion && valuesRegion == other.valuesRegion
    }

    /// Bytes of one row of a fixed column.
    var rowBytes: Int { stepBytes }
}

extension ColumnReader {
    /// The shape of a row with these varying dimensions.
    func shape(varying: ArraySlice<Int>) -> [Int] {
        var rest = varying
        return field.shape.map { $0 ?? rest.removeFirst() }
    }
}
