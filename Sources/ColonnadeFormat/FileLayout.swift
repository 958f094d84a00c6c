// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// The layout of a file as its metadata describes it, completely checked. Higher layers trust it without further
/// checks.
///
/// The check is linear in the number of segments and columns, and independent of the number of rows.
package struct FileLayout: Sendable {
    package let minorVersion: UInt16
    package let commit: CommitSlot
    package let slots: [CommitSlot.State]
    package let trailer: FileTrailer
    package let footer: FileFooter
    /// The fields of the columns with values. Columns with entry points, which are the last ones, are not among them.
    package let schema: Schema
    package let regionKinds: [RegionKind]
    /// The first row of each run, followed by the number of all rows.
    package let firstRows: [Int]

    /// A description of the first part of the file that this version does not know and that readers may ignore; nil if
    /// there is none.
    package var unknownExtension: String? {
        if minorVersion > ForeverConstants.minorVersion { return "format version 1.\(minorVersion)" }
        if footer.optionalFeatures != 0 {
            return "the optional features 0x\(String(footer.optionalFeatures, radix: 16))"
        }
        for column in footer.columns {
            if let number = column.unknownAttributes.first {
                return "attribute \(number) of column \"\(column.field.name)\""
            }
        }
        return nil
    }

    /// The range of the footer in the file, in bytes.
    package var footerRange: Range<Int> {
        let end = commit.end - ForeverConstants.trailerSize
        return end - trailer.footerLength..<end
    }

    /// Reads and checks the metadata of a file of `byteCount` bytes (rules R1 to R26).
    ///
    /// - Parameter bytes: returns a copy of a range of the file. It is called for the prologue, the trailer and the
    ///   footer.
    /// - Throws: `corruptFile` or `unsupported` with the rule and the offset.
    package init(byteCount: Int, bytes: (Range<Int>) -> [UInt8]) throws(ColonnadeError) {
        try self.init(byteCount: byteCount, known: 0, bytes: bytes) { (_, _) throws(ColonnadeError) in }
    }

    /// Reads and checks the metadata of a file whose footer may have further parts.
    ///
    /// - Parameters:
    ///   - known: the bits of required features that the caller knows.
    ///   - further: reads the parts after the retired extents.
    init(
        byteCount: Int, known: UInt32, bytes: (Range<Int>) -> [UInt8],
        further: (inout ByteReader, FileFooter) throws(ColonnadeError) -> Void
    ) throws(ColonnadeError) {
        let prologue = bytes(0..<min(byteCount, ForeverConstants.prologueSize))
        minorVersion = try FileHeader.validate(prologue)
        slots = CommitSlot.states(prologue: prologue)
        commit = try CommitSlot.inForce(slots, byteCount: byteCount)
        trailer = try FileTrailer(bytes(commit.end - ForeverConstants.trailerSize..<commit.end), commit: commit)
        let footerEnd = commit.end - ForeverConstants.trailerSize
        let footerStart = footerEnd - trailer.footerLength
        let footerBytes = bytes(footerStart..<footerEnd)
        guard Checksum.of(footerBytes) == trailer.footerChecksum else {
            throw .broken(9, "the footer's checksum is wrong", at: footerStart)
        }
        var reader = ByteReader(footerBytes, at: footerStart)
        footer = try FileFooter(&reader, known: known)
        try further(&reader, footer)
        guard reader.remaining == 0 else {
            throw .broken(
                reader.lengthRule, "the footer has \(reader.remaining) bytes too many", at: reader.offset)
        }
        regionKinds = footer.regionKinds

        do throws(ColonnadeError) {
            let all = try Schema(footer.columns.map(\.field))
            let values = footer.valueFields
            schema = values.count == all.count ? all : try Schema(values)
        } catch {
            throw .broken(14, error.message, at: footerStart)
        }
        try footer.validateEntryPoints()
        // Keys are compared by their bytes, since `String` treats some keys as equal that have different bytes.
        guard Set(footer.metadata.map { Array($0.key.utf8) }).count == footer.metadata.count else {
            throw .broken(14, "a metadata key occurs twice", at: footerStart)
        }
        try FileLayout.validateGroups(footer)
        firstRows = try FileLayout.validateRuns(footer)
        for run in footer.runs {
            for (index, segment) in run.segments.enumerated() {
                try FileLayout.validate(segment, rows: run.rows(ofSegment: index), regionKinds)
            }
        }
        try FileLayout.validateExtents(footer, footerStart: footerStart)
    }

    // MARK: Rules

    /// Checks rules R19 and R20.
    private static func validateGroups(_ footer: FileFooter) throws(ColonnadeError) {
        var members = [[ColumnDescriptor]](repeating: [], count: footer.groups.count)
        for column in footer.columns {
            if let group = column.group { members[group].append(column) }
        }
        for (index, group) in footer.groups.enumerated() {
            guard !members[index].isEmpty else { throw .broken(19, "group \(index) has no column") }
            var end = 0
            for column in members[index].sorted(by: { $0.offset < $1.offset }) {
                let size = column.field.dtype.size
                guard group.stride % size == 0 else {
                    throw .broken(
                        20, "rows of \(group.stride) bytes cannot keep column \"\(column.field.name)\" aligned")
                }
                let length = column.field.fixedByteCount ?? 0
                guard column.offset % size == 0, length == 0 || column.offset >= end,
                    column.offset + length <= group.stride
                else {
                    throw .broken(19, "column \"\(column.field.name)\" is misplaced in rows of \(group.stride) bytes")
                }
                end = max(end, column.offset + length)
            }
        }
    }

    /// Checks rule R21, and returns the first row of each run followed by the number of all rows.
    private static func validateRuns(_ footer: FileFooter) throws(ColonnadeError) -> [Int] {
        var firstRows = [0]
        for run in footer.runs {
            let (sum, overflow) = (firstRows.last ?? 0).addingReportingOverflow(run.rowCount)
            guard !overflow else { throw .broken(21, "the runs have more rows than can be counted") }
            firstRows.append(sum)
        }
        guard firstRows.last == footer.rowCount else {
            throw .broken(21, "the runs have \(firstRows.last ?? 0) rows, and the data set \(footer.rowCount)")
        }
        return firstRows
    }

    /// Checks rules R22, R23, R24 and R26 for one segment.
    private static func validate(
        _ segment: SegmentDescriptor, rows: Int, _ kinds: [RegionKind]
    ) throws(ColonnadeError) {
        let alignment = ForeverConstants.alignment
        guard segment.offset % alignment == 0, segment.dataLength % alignment == 0 else {
            throw .broken(22, "a segment is not aligned", at: segment.offset)
        }
        var end = 0
        for (region, kind) in zip(segment.regions, kinds) {
            guard region.offset == aligned(end), region.offset <= segment.dataLength,
                region.storedLength <= segment.dataLength - region.offset
            else {
                throw .broken(
                    23, "a region at \(region.offset) of \(region.storedLength) bytes is misplaced in its segment",
                    at: segment.offset)
            }
            end = region.offset + region.storedLength
            if let bytesPerRow = kind.bytesPerRow {
                let (length, overflow) = rows.multipliedReportingOverflow(by: bytesPerRow)
                guard !overflow, region.length == length else {
                    throw .broken(24, "a region of \(rows) rows has \(region.length) bytes", at: segment.offset)
                }
            }
            switch kind.codec {
            case .plain:
                guard region.storedLength == region.length else {
                    throw .broken(
                        24, "a plain region stores \(region.storedLength) of \(region.length) bytes",
                        at: segment.offset)
                }
            case .zlib, .zstd, .lz4:
                let blocks =
                    region.length / ForeverConstants.codecBlockSize
                    + (region.length % ForeverConstants.codecBlockSize > 0 ? 1 : 0)
                let header = region.length > 0 ? kind.codec.headerSize : 0
                guard region.storedLength >= header, (region.storedLength - header) / 8 >= blocks,
                    region.length > 0 || region.storedLength == 0
                else {
                    throw .broken(26, "a compressed region is too short for its index", at: segment.offset)
                }
            }
        }
        guard aligned(end) == segment.dataLength else {
            throw .broken(
                23, "a segment's regions end at \(end), and the segment at \(segment.dataLength)",
                at: segment.offset)
        }
    }

    /// Checks rule R25: every byte of the file is in exactly one extent, or in a gap of fewer than 64 bytes.
    private static func validateExtents(_ footer: FileFooter, footerStart: Int) throws(ColonnadeError) {
        func inFileOrder(_ extents: [Extent]) -> Bool { zip(extents, extents.dropFirst()).allSatisfy { !($1 < $0) } }
        var extents: [Extent] = []
        for segment in footer.runs.flatMap(\.segments) {
            let sums = 4 * segment.blockCount(exponent: footer.blockExponent)
            let (length, overflow) = segment.dataLength.addingReportingOverflow(sums)
            guard !overflow else { throw .broken(25, "a segment is too long", at: segment.offset) }
            extents.append(Extent(offset: segment.offset, length: length))
        }
        let retired = footer.retired.map { Extent(offset: $0.offset, length: $0.length) }
        guard inFileOrder(extents), inFileOrder(retired) else {
            throw .broken(25, "segments, or old footers, are not in the order in which they lie in the file")
        }
        extents += retired
        extents.sort()
        var next = ForeverConstants.prologueSize
        for extent in extents {
            guard extent.offset == next else {
                throw .broken(25, "a hole or an overlap: \(next) was expected next", at: extent.offset)
            }
            let (end, overflow) = extent.offset.addingReportingOverflow(extent.length)
            guard !overflow, let start = aligned(end), start <= footerStart else {
                throw .broken(25, "an extent of \(extent.length) bytes goes past the footer", at: extent.offset)
            }
            next = start
        }
        guard next == footerStart else {
            throw .broken(25, "a hole: \(next) was expected next", at: footerStart)
        }
    }
}

/// A range of bytes in the file, ordered by offset. Of two extents with the same offset, an empty one comes first.
private struct Extent: Comparable {
    var offset: Int
    var length: Int

    static func < (left: Extent, right: Extent) -> Bool { (left.offset, left.length) < (right.offset, right.length) }
}
