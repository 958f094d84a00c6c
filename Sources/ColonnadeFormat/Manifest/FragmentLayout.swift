// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The columns of the files that are written alike, and how they lie (manifest-1.md, section 2.2).
package struct FragmentLayout: Sendable, Hashable {
    /// A column of a file.
    package struct Column: Sendable, Hashable {
        /// The number of the column in the data set.
        package var number: UInt32
        /// The group of a fixed column, or nil.
        package var group: Int?
        package var offset: Int
        package var codec: CodecID

        static let encodedSize = 16
    }

    package var columns: [Column]
    package var groups: [GroupDescriptor]

    /// Returns the layout of a file whose columns have the given numbers, in the order of the file.
    package init(_ columns: [ColumnDescriptor], numbers: [UInt32], groups: [GroupDescriptor]) {
        self.columns = zip(columns, numbers).map { column, number in
            Column(number: number, group: column.group, offset: column.offset, codec: column.codec)
        }
        self.groups = groups
    }

    private static let groupSize = 16

    func encode(_ writer: inout ByteWriter) {
        writer.integer(UInt32(columns.count))
        writer.integer(UInt32(groups.count))
        for column in columns {
            writer.integer(column.number)
            writer.integer(column.group.map(UInt32.init) ?? ForeverConstants.noGroup)
            writer.integer(UInt32(column.offset))
            writer.integer(column.codec.rawValue)
            writer.zeros(3)
        }
        for group in groups { group.encode(&writer) }
    }

    /// Reads a layout, and checks rules M3, M4 and M7.
    ///
    /// - Parameters:
    ///   - needed: the numbers of the columns that each file must have.
    ///   - next: the number of the next new column.
    init(_ reader: inout ByteReader, needed: [UInt32], next: UInt32) throws(ColonnadeError) {
        let start = reader.offset
        let columnCount = Int(try reader.integer(UInt32.self, "counts"))
        let groupCount = Int(try reader.integer(UInt32.self, "counts"))
        try reader.checkEntries(columnCount, of: Column.encodedSize, "columns of a layout")
        columns = []
        columns.reserveCapacity(columnCount)
        for _ in 0..<columnCount { columns.append(try Column(&reader, groupCount: groupCount)) }
        try reader.checkEntries(groupCount, of: FragmentLayout.groupSize, "groups of a layout")
        groups = []
        groups.reserveCapacity(groupCount)
        for _ in 0..<groupCount {
            let stride = try reader.count("a stride", rule: 107)
            groups.append(
                GroupDescriptor(stride: stride, codec: try CodecID(&reader)))
            try reader.zeros(7, rule: 104)
        }
        let numbers = Set(columns.map(\.number))
        guard numbers.count == columnCount, numbers.allSatisfy({ $0 < next }) else {
            throw .broken(107, "a layout has a column twice, or one without a number", at: start)
        }
        guard needed.allSatisfy(numbers.contains) else {
            throw .broken(107, "a layout lacks a column of the data set", at: start)
        }
    }
}

extension FragmentLayout.Column {
    fileprivate init(_ reader: inout ByteReader, groupCount: Int) throws(ColonnadeError) {
        let start = reader.offset
        number = try reader.integer(UInt32.self, "the number of a column")
        let group = try reader.integer(UInt32.self, "a group")
        offset = Int(try reader.integer(UInt32.self, "an offset"))
        codec = try CodecID(&reader)
        try reader.zeros(3, rule: 104)
        guard group == ForeverConstants.noGroup || group < groupCount else {
            throw .broken(107, "a column of a layout is in group \(group) of \(groupCount)", at: start)
        }
        self.group = group == ForeverConstants.noGroup ? nil : Int(group)
    }
}

extension CodecID {
    fileprivate init(_ reader: inout ByteReader) throws(ColonnadeError) {
        let start = reader.offset
        let number = try reader.integer(UInt8.self, "a codec")
        guard let codec = CodecID(rawValue: number) else {
            throw .unknown(107, "a layout has the unknown codec \(number)", at: start)
        }
        self = codec
    }
}
