// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// The description of one column in a footer (section 5.1).
package struct ColumnDescriptor: Sendable, Hashable {
    package var field: Field
    /// The codec of a variable column. A fixed column has the codec of its group.
    package var codec: CodecID
    /// The group of a fixed column, or nil for a variable column.
    package var group: Int?
    /// The offset of a fixed column in a row of its group.
    package var offset: Int
    package var statistics: ColumnStatistics
    /// The name of the column with the entry points of the JPEG files in this one; nil without.
    package var entryPoints: String?
    /// The attributes that this version does not know. A reader may ignore them; a writer must not carry them over to
    /// new rows.
    package var unknownAttributes: [UInt16] = []

    package init(field: Field, codec: CodecID, group: Int?, offset: Int, statistics: ColumnStatistics) {
        self.field = field
        self.codec = codec
        self.group = group
        self.offset = offset
        self.statistics = statistics
    }

    /// The regions that a variable column has in each segment.
    var variableRegions: [RegionKind.Contents] {
        field.varyingCount > 1 ? [.ends, .dimensions, .values] : [.ends, .values]
    }

    func encode(_ writer: inout ByteWriter) {
        writer.text16(field.name)
        writer.integer(field.kind.rawValue)
        writer.integer(field.dtype.rawValue)
        writer.integer(codec.rawValue)
        writer.integer(UInt8(field.shape.count))
        writer.integer(group.map(UInt32.init) ?? ForeverConstants.noGroup)
        writer.integer(UInt32(offset))
        for dim in field.shape { writer.integer(dim.map(UInt64.init) ?? ForeverConstants.varyingDimension) }
        statistics.encode(&writer)
        let attributes = ColumnAttribute.of(self)
        writer.integer(UInt16(attributes.count))
        for attribute in attributes { attribute.encode(&writer) }
    }

    /// Reads a descriptor, and checks rules R14 to R18 as far as one column shows them.
    init(_ reader: inout ByteReader, groupCount: Int) throws(ColonnadeError) {
        let name = try reader.text(Int(try reader.integer(UInt16.self, "name length")), "a column name")
        guard !name.isEmpty else { throw .broken(14, "a column has an empty name", at: reader.offset) }
        let start = reader.offset
        let kindNumber = try reader.integer(UInt8.self, "kind")
        let dtypeNumber = try reader.integer(UInt8.self, "data type")
        let codecNumber = try reader.integer(UInt8.self, "codec")
        guard let kind = Field.Kind(rawValue: kindNumber) else {
            throw .unknown(15, "column \"\(name)\" has the unknown kind \(kindNumber)", at: start)
        }
        guard let dtype = DType(rawValue: dtypeNumber) else {
            throw .unknown(15, "column \"\(name)\" has the unknown data type \(dtypeNumber)", at: start + 1)
        }
        guard let codec = CodecID(rawValue: codecNumber) else {
            throw .unknown(15, "column \"\(name)\" has the unknown codec \(codecNumber)", at: start + 2)
        }
        let rank = Int(try reader.integer(UInt8.self, "rank"))
        guard rank <= FormatLimits.rank else {
            throw .broken(
                16, "column \"\(name)\" has \(rank) dimensions, more than \(FormatLimits.rank)", at: start + 3)
        }
        let group = try reader.integer(UInt32.self, "group")
        let offset = try reader.integer(UInt32.self, "offset")
        var field = Field(name, dtype, [])
        field.kind = kind
        for _ in 0..<rank {
            let dim = try reader.integer(UInt64.self, "dimension")
            guard dim == ForeverConstants.varyingDimension || dim <= UInt64(FormatLimits.stride) else {
                throw .broken(16, "column \"\(name)\" has a dimension of \(dim)", at: reader.offset - 8)
            }
            field.shape.append(dim == ForeverConstants.varyingDimension ? nil : Int(dim))
        }
        try ColumnDescriptor.validate(field, codec, at: start)
        if field.isRagged {
            guard group == ForeverConstants.noGroup, offset == 0 else {
                throw .broken(18, "column \"\(name)\" varies, and is said to be in a group", at: start + 4)
            }
        } else if group >= groupCount {
            throw .broken(18, "column \"\(name)\" is in group \(group) of \(groupCount)", at: start + 4)
        }
        let statistics = try ColumnStatistics(&reader, dtype)
        self.init(
            field: field, codec: codec, group: field.isRagged ? nil : Int(group), offset: Int(offset),
            statistics: statistics)
        try ColumnAttribute.read(&reader, of: &self)
    }

    private static func validate(_ field: Field, _ codec: CodecID, at start: Int) throws(ColonnadeError) {
        if field.kind != .tensor, field.dtype != .uint8 {
            throw .broken(15, "column \"\(field.name)\" is \(field.kind), but not of uint8", at: start)
        }
        if field.kind != .tensor, field.shape != [nil] {
            throw .broken(16, "column \"\(field.name)\" is \(field.kind), but not of one varying dimension", at: start)
        }
        if !field.isRagged, codec != .plain {
            throw .broken(15, "column \"\(field.name)\" is fixed, and has a codec of its own", at: start + 2)
        }
        guard FormatLimits.fits(field.shape.lazy.compactMap(\.self), of: field.dtype) else {
            throw .broken(16, "a row of column \"\(field.name)\" is too large: \(field.typeDescription)", at: start)
        }
        if field.isRagged, field.shape.contains(0) {
            throw .broken(16, "column \"\(field.name)\" varies, and has a fixed dimension of 0", at: start)
        }
    }
}
