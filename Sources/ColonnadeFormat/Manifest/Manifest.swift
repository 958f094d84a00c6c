// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// A version of a data set of many files: its schema, its fragments with their files, and the commit that made it
/// (`formats/manifest-1.md`).
package struct Manifest: Sendable, Hashable {
    /// The columns with the statistics of all rows, the groups that new files have, and the metadata.
    package internal(set) var footer: FileFooter
    package private(set) var commit: ManifestCommit
    /// The numbers of the columns, in the order of the schema.
    package internal(set) var columnNumbers: [UInt32]
    package internal(set) var nextColumn: UInt32
    package private(set) var nextFragment: UInt64
    package internal(set) var layouts: [FragmentLayout]
    package internal(set) var fragments: [FragmentRecord]
    /// The files of all fragments, fragment by fragment.
    package internal(set) var files: [FragmentFile]
    package private(set) var jobs: [ManifestJob]
    /// The number of rows of all fragments.
    package private(set) var rowCount: Int
    /// A description of the first part that this version does not know and that readers may ignore; nil if there is none.
    package let unknownExtension: String?

    /// Makes the manifest of a data set without fragments.
    ///
    /// - Parameter footer: the columns and groups that new files have, and the metadata; no rows.
    package init(creating footer: FileFooter, _ commit: ManifestCommit) {
        precondition(footer.runs.isEmpty && footer.retired.isEmpty, "a manifest has no rows")
        self.footer = footer
        self.footer.requiredFeatures = ForeverConstants.fragmentsFeature
        self.commit = commit
        columnNumbers = (0..<UInt32(footer.columns.count)).map { $0 }
        nextColumn = UInt32(footer.columns.count)
        (nextFragment, rowCount) = (0, 0)
        unknownExtension = nil
        (layouts, fragments, files, jobs) = ([], [], [], [])
    }

    /// Whether columns may have other class labels than in the files.
    package var allowsOtherLabels: Bool { footer.requiredFeatures & ForeverConstants.columnFilesFeature != 0 }

    /// The number of bytes of all files, up to their ends; `Int.max` if an `Int` cannot represent it. O(fragments).
    package var byteCount: Int { files.reduce(0) { $0.saturatingSum($1.end) } }

    /// Adds a fragment after the others. Its file has the columns of the data set, in any order, and `layout` is that of
    /// its footer with the numbers of the columns.
    ///
    /// Throws `invalidArgument` if the rows or fragments cannot be counted.
    package mutating func append(
        _ file: FragmentFile, rowCount added: Int, _ layout: FragmentLayout, _ statistics: [ColumnStatistics]
    ) throws(ColonnadeError) {
        let (sum, overflow) = rowCount.addingReportingOverflow(added)
        guard !overflow, added > 0, files.count < Int(UInt32.max), nextFragment < UInt64.max else {
            throw ColonnadeError(.invalidArgument, "a data set cannot have so many rows or fragments")
        }
        var file = file
        file.layout = index(of: layout)
        fragments.append(
            FragmentRecord(number: nextFragment, rowCount: added, files: files.count..<files.count + 1))
        files.append(file)
        nextFragment += 1
        for (index, other) in statistics.enumerated() {
            footer.columns[index].statistics.merge(other, isFirst: rowCount == 0)
        }
        rowCount = sum
    }

    /// Returns the index of a layout, and adds it unless it is there.
    mutating func index(of layout: FragmentLayout) -> Int {
        if let known = layouts.firstIndex(of: layout) { return known }
        layouts.append(layout)
        return layouts.count - 1
    }

    /// Makes this the manifest of a commit, which must be the one after `self.commit` if that is the commit of a manifest.
    package mutating func begin(_ commit: ManifestCommit) {
        self.commit = commit
        guard commit.job != .zero else { return }
        jobs.append(ManifestJob(number: commit.job, version: commit.version))
        if jobs.count > FormatLimits.jobs { jobs.removeFirst(jobs.count - FormatLimits.jobs) }
    }

    /// Returns the bytes of the file. O(fragments).
    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.reserveCapacity(
            1 << 16 + fragments.count * FragmentRecord.encodedSize + files.count * FragmentFile.encodedSize)
        writer.zeros(ForeverConstants.prologueSize)
        writer.append(footer.encoded())
        commit.encode(&writer)
        writer.integer(nextColumn)
        writer.integer(UInt32(layouts.count))
        writer.integer(nextFragment)
        for count in [fragments.count, files.count, jobs.count, 0] { writer.integer(UInt32(count)) }
        for number in columnNumbers { writer.integer(number) }
        for layout in layouts { layout.encode(&writer) }
        for fragment in fragments { fragment.encode(&writer) }
        for file in files { file.encode(&writer) }
        for job in jobs { job.encode(&writer) }
        let footer = writer.bytes[ForeverConstants.prologueSize...]
        let trailer = FileTrailer(
            sequence: 1, footerLength: footer.count, footerChecksum: Checksum.of(footer))
        let end = writer.bytes.count + ForeverConstants.trailerSize
        writer.append(trailer.encoded())
        writer.replacePrefix(with: FileHeader.encoded() + CommitSlot(sequence: 1, end: end).encoded())
        return writer.bytes
    }

    /// Reads and checks a manifest of `byteCount` bytes (rules R1 to R26, M1 to M11, M15). O(fragments × log fragments).
    ///
    /// - Parameter bytes: returns a copy of a range of the file.
    /// - Throws: `corruptFile` or `unsupported` with the rule and the offset.
    package init(byteCount: Int, bytes: (Range<Int>) -> [UInt8]) throws(ColonnadeError) {
        var parts: ManifestParts?
        let layout = try FileLayout(
            byteCount: byteCount, known: ForeverConstants.fragmentsFeature | ForeverConstants.columnFilesFeature,
            bytes: bytes
        ) { (reader, footer) throws(ColonnadeError) in
            parts = try ManifestParts(&reader, footer)
        }
        guard let parts else { preconditionFailure("a footer that is read has its parts") }
        guard layout.commit == CommitSlot(sequence: 1, end: byteCount), layout.slots[1] == .empty else {
            throw .broken(102, "it was not written at once", at: ForeverConstants.headerSize)
        }
        guard layout.footer.rowCount == 0, layout.footer.runs.isEmpty, layout.footer.retired.isEmpty else {
            throw .broken(102, "a manifest has no rows and no old footers", at: layout.footerRange.lowerBound)
        }
        footer = layout.footer
        commit = parts.commit
        (columnNumbers, nextColumn, nextFragment) = (parts.columnNumbers, parts.nextColumn, parts.nextFragment)
        (layouts, fragments, files, jobs) = (parts.layouts, parts.fragments, parts.files, parts.jobs)
        rowCount = parts.rowCount
        unknownExtension = layout.unknownExtension
    }
}
