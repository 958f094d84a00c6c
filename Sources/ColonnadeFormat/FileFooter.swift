// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The description of a file's contents (section 5).
package struct FileFooter: Sendable, Hashable {
    package struct MetadataEntry: Sendable, Hashable {
        package var key: String
        package var value: String

        package init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    package var rowCount: Int
    package var blockExponent: Int
    package var columns: [ColumnDescriptor]
    package var groups: [GroupDescriptor]
    package var runs: [RunDescriptor]
    package var metadata: [MetadataEntry]
    package var retired: [RetiredExtent]
    /// The features that a reader has to know: none for a file with rows, `fragmentsFeature` and perhaps
    /// `columnFilesFeature` for a manifest.
    package var requiredFeatures: UInt32 = 0
    /// The feature bits that this version does not know and may ignore.
    package private(set) var optionalFeatures: UInt32 = 0

    package init(
        rowCount: Int, blockExponent: Int, columns: [ColumnDescriptor], groups: [GroupDescriptor],
        runs: [RunDescriptor], metadata: [MetadataEntry], retired: [RetiredExtent]
    ) {
        self.rowCount = rowCount
        self.blockExponent = blockExponent
        self.columns = columns
        self.groups = groups
        self.runs = runs
        self.metadata = metadata
        self.retired = retired
    }

    /// The regions of every segment, in order.
    package var regionKinds: [RegionKind] {
        var kinds = groups.enumerated().map {
            RegionKind(contents: .rows, index: $0.offset, codec: $0.element.codec, bytesPerRow: $0.element.stride)
        }
        for (index, column) in columns.enumerated() where column.field.isRagged {
            for contents in column.variableRegions {
                let bytes: Int? =
                    switch contents {
                    case .rows, .values: nil
                    case .ends: 8
                    case .dimensions: 8 * column.field.varyingCount
                    }
                kinds.append(
                    RegionKind(
                        contents: contents, index: index, codec: contents == .values ? column.codec : .plain,
                        bytesPerRow: bytes))
            }
        }
        return kinds
    }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.integer(requiredFeatures)
        writer.zeros(4)
        writer.count(rowCount)
        for count in [columns.count, groups.count, runs.count, metadata.count, retired.count] {
            writer.integer(UInt32(count))
        }
        writer.integer(UInt8(blockExponent))
        writer.zeros(3)
        for column in columns { column.encode(&writer) }
        for group in groups { group.encode(&writer) }
        for run in runs { run.encode(&writer) }
        for entry in metadata {
            writer.text16(entry.key)
            writer.text32(entry.value)
        }
        for extent in retired { extent.encode(&writer) }
        return writer.bytes
    }

    /// Parses the parts of a footer up to its retired extents, and checks each by itself. `FileLayout` checks how the
    /// parts fit together.
    ///
    /// - Parameter known: the bits of required features that the caller knows.
    init(_ reader: inout ByteReader, known: UInt32) throws(ColonnadeError) {
        let offset = reader.offset
        requiredFeatures = try reader.integer(UInt32.self, "features")
        guard requiredFeatures & ~known == 0 else {
            guard requiredFeatures & ForeverConstants.fragmentsFeature == 0 || known != 0 else {
                throw ColonnadeError(
                    .unsupported, "it describes a version of a data set of many files: open the folder of the data set",
                    at: .file("", offset: offset), rule: 10)
            }
            throw .unknown(
                10, "the file needs the unknown features 0x\(String(requiredFeatures & ~known, radix: 16))", at: offset)
        }
        optionalFeatures = try reader.integer(UInt32.self, "features")
        let rows = try reader.integer(UInt64.self, "the number of rows")
        let columnCount = Int(try reader.integer(UInt32.self, "counts"))
        let groupCount = Int(try reader.integer(UInt32.self, "counts"))
        let runCount = Int(try reader.integer(UInt32.self, "counts"))
        let metadataCount = Int(try reader.integer(UInt32.self, "counts"))
        let retiredCount = Int(try reader.integer(UInt32.self, "counts"))
        blockExponent = Int(try reader.integer(UInt8.self, "checksum block exponent"))
        try reader.zeros(3, rule: 12)
        guard (1...FormatLimits.columns).contains(columnCount), groupCount <= columnCount,
            runCount <= FormatLimits.runs, metadataCount <= FormatLimits.metadataEntries,
            FormatLimits.blockExponents.contains(blockExponent)
        else {
            throw .broken(
                13,
                "\(columnCount) columns, \(groupCount) groups, \(runCount) runs, \(metadataCount) metadata entries and blocks of "
                    + "2^\(blockExponent) are beyond the limits", at: offset + 16)
        }

        (rowCount, columns, groups, runs, metadata, retired) = (0, [], [], [], [], [])
        for _ in 0..<columnCount { columns.append(try ColumnDescriptor(&reader, groupCount: groupCount)) }
        for _ in 0..<groupCount { groups.append(try GroupDescriptor(&reader)) }
        let regionCount = regionKinds.count
        for _ in 0..<runCount { runs.append(try RunDescriptor(&reader, regionCount: regionCount)) }
        guard let rowCount = Int(exactly: rows) else {
            throw .broken(21, "the data set has \(rows) rows, more than can be counted", at: offset + 8)
        }
        self.rowCount = rowCount
        var metadataBytes = 0
        for _ in 0..<metadataCount {
            let key = try reader.text(Int(try reader.integer(UInt16.self, "key length")), "a metadata key")
            let value = try reader.text(Int(try reader.integer(UInt32.self, "value length")), "a metadata value")
            metadataBytes += key.utf8.count + value.utf8.count
            guard metadataBytes <= FormatLimits.metadataBytes else {
                throw .broken(
                    13, "the metadata has more than \(FormatLimits.metadataBytes) bytes", at: reader.offset)
            }
            guard !key.isEmpty else { throw .broken(14, "a metadata key is empty", at: reader.offset) }
            metadata.append(MetadataEntry(key: key, value: value))
        }
        for _ in 0..<retiredCount { retired.append(try RetiredExtent(&reader)) }
        for index in columns.indices { columns[index].field.channelPlace = channelPlace(of: columns[index].field) }
    }

    /// Returns the place of the channels in a column of pixels, if the metadata describes it.
    private func channelPlace(of field: Field) -> ChannelPlace? {
        guard field.kind == .tensor, field.shape.count == 3 else { return nil }
        return metadataText(field.storageKey).flatMap { field.channelPlace(ofStorage: $0) }
    }

    /// Returns the text of the metadata with a key; nil if there is none.
    package func metadataText(_ key: String) -> String? { metadata.first { $0.key.hasBytes(of: key) }?.value }
}
