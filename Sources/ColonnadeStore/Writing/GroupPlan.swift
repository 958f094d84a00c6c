// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat

/// Determines the group and the offset of each column.
enum GroupPlan {
    /// The row size, in bytes, from which a column is alone in its group, since each row fills a cache line.
    ///
    /// Small columns stay apart from larger ones too. Relative to a label apart, a label within rows of 128 bytes gives
    /// shuffled batches in 0.8 to 1.0 of the time, and within rows of 256 bytes or more in no less time. But batches in
    /// the order of the file take 1.3 of the time, since they must be copied, and labels alone 2.6 to 8 times as long.
    static let largeRow = 64

    /// Returns the groups, and the column descriptors that refer to them, without statistics.
    ///
    /// Throws `unknownKey` for a codec of a column that does not exist, and `invalidArgument` for a schema that exceeds
    /// the limits of the format.
    static func make(
        _ schema: Schema, _ options: WriterOptions
    ) throws(ColonnadeError) -> (columns: [ColumnDescriptor], groups: [GroupDescriptor]) {
        for name in options.codecs.names { _ = try schema.index(ofColumn: name) }
        var columns: [ColumnDescriptor] = []
        var groups: [GroupDescriptor] = []
        var shared: [Int] = []
        for field in schema {
            let codec = options.codec(ofColumn: field.name).id
            let statistics = ColumnStatistics(field.dtype)
            if let bytes = field.fixedByteCount {
                columns.append(
                    ColumnDescriptor(field: field, codec: .plain, group: 0, offset: 0, statistics: statistics))
                if options.grouping == .separate || codec != .plain || bytes >= largeRow {
                    columns[columns.count - 1].group = groups.count
                    groups.append(GroupDescriptor(stride: bytes, codec: codec))
                } else {
                    shared.append(columns.count - 1)
                }
            } else {
                columns.append(
                    ColumnDescriptor(field: field, codec: codec, group: nil, offset: 0, statistics: statistics))
            }
        }
        if !shared.isEmpty { groups.append(layOut(shared, group: groups.count, in: &columns)) }
        return (columns, groups)
    }

    /// Computes the offsets of columns in the rows of a group. The largest elements come first, so that no column needs
    /// padding before it.
    private static func layOut(_ shared: [Int], group: Int, in columns: inout [ColumnDescriptor]) -> GroupDescriptor {
        var offset = 0
        let sizes = shared.map { columns[$0].field.dtype.size }
        // The sort is stable: columns of equal size keep their order.
        for index in shared.indices.sorted(by: { (sizes[$1], $0) < (sizes[$0], $1) }) {
            columns[shared[index]].group = group
            columns[shared[index]].offset = offset
            offset += columns[shared[index]].field.fixedByteCount ?? 0
        }
        let alignment = sizes.max() ?? 1
        return GroupDescriptor(stride: (offset + alignment - 1) / alignment * alignment, codec: .plain)
    }

    /// Throws `unsupported` for rows that are mostly padding. An empty file may declare any stride, so the check comes
    /// before memory is allocated for a row.
    static func validateStrides(_ footer: FileFooter, _ path: String) throws(ColonnadeError) {
        var used = [Int](repeating: 0, count: footer.groups.count)
        for column in footer.columns {
            if let group = column.group { used[group] += column.field.fixedByteCount ?? 0 }
        }
        for (group, used) in zip(footer.groups, used) where group.stride - used > 1 << 20 {
            throw ColonnadeError(
                .unsupported, "its rows of \(group.stride) bytes hold \(used): ingest it anew", at: .file(path))
        }
    }

    /// Throws `invalidArgument` if a file cannot store the schema.
    static func validate(_ schema: Schema) throws(ColonnadeError) {
        guard !schema.isEmpty, schema.count <= FormatLimits.columns else {
            throw ColonnadeError(
                .invalidArgument, "a file has 1 to \(FormatLimits.columns) columns, not \(schema.count)")
        }
        for field in schema {
            guard FormatLimits.fits(field.shape.lazy.compactMap(\.self), of: field.dtype),
                field.shape.count <= FormatLimits.rank, field.name.utf8.count <= Int(UInt16.max)
            else { throw ColonnadeError(.invalidArgument, "column \"\(field.name)\" is beyond the limits: \(field)") }
            if field.isRagged, field.shape.contains(0) {
                throw ColonnadeError(
                    .invalidArgument,
                    "column \"\(field.name)\" varies and has a dimension that is always 0: declare that one varying too"
                )
            }
            if case .classLabels(let names) = field.meaning, let name = names.first(where: { $0.utf8.contains(0) }) {
                throw ColonnadeError(
                    .invalidArgument,
                    "the class label \"\(name.escapingNUL)\" of column \"\(field.name)\" has a NUL character: give the class "
                        + "another name")
            }
            switch field.meaning {
            case .classLabels where field.kind != .tensor || field.dtype.isFloatingPoint || field.dtype == .bool:
                throw ColonnadeError(
                    .invalidArgument,
                    "class labels name integers, and column \"\(field.name)\" is \(field.typeDescription)")
            case .media(let type)
            where field.kind != .bytes || !type.isMediaType:
                throw ColonnadeError(
                    .invalidArgument, "a media type belongs to a column of bytes, and \(field) has \"\(type)\"")
            case .time where field.kind != .tensor || !TimeType.canBe(field.dtype):
                throw ColonnadeError(
                    .invalidArgument,
                    "times are int32 or int64, and column \"\(field.name)\" is \(field.typeDescription)")
            default: break
            }
        }
    }
}
