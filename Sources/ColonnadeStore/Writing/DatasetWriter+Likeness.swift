// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// New files with the columns and groups of others.
extension DatasetWriter {
    /// Starts a new file with the columns and groups of a manifest or of another file. Throws `system`, `fileExists`,
    /// `invalidArgument`, `unsupported` for rows that are mostly padding.
    init(
        creating path: String, like other: FileFooter, metadata: [FileFooter.MetadataEntry] = [],
        entryPoints: (any EntryPointFinder)? = nil, segmentBytes: Int? = nil, replacing: Bool = false
    ) throws(ColonnadeError) {
        try DatasetWriter.check(other, segmentBytes, path)
        let staging = try StagingFile(target: path, replacing: replacing)
        let file = staging.file
        try self.init(
            file, like: other, metadata, entryPoints, segmentBytes, nil,
            target: .creating(staging, replacing: replacing))
    }

    /// Starts a file with rows of a data set of many files. Throws as `init(creating:like:)` does.
    ///
    /// - Parameters:
    ///   - name: a new random number.
    ///   - isOneOfMany: whether the caller synchronizes `file` and the folder, so that the disk writes several files at once.
    init(
        part name: RandomNumber, of folder: DatasetFolder, like other: FileFooter,
        entryPoints: (any EntryPointFinder)?, segmentBytes: Int?, codecOptions: WriterOptions? = nil,
        isOneOfMany: Bool = false
    ) throws(ColonnadeError) {
        let path = folder.path(ofFile: name)
        try DatasetWriter.check(other, segmentBytes, path)
        let staging = try StagingFile(target: path, replacing: false, isNewName: true)
        let file = staging.file
        try self.init(
            file, like: other, [], entryPoints, segmentBytes, codecOptions,
            target: isOneOfMany ? .creatingPart(staging) : .creating(staging, replacing: false))
    }

    private static func check(_ footer: FileFooter, _ segmentBytes: Int?, _ path: String) throws(ColonnadeError) {
        guard segmentBytes ?? 1 > 0 else { throw ColonnadeError(.invalidArgument, "segments have at least one byte") }
        try GroupPlan.validateStrides(footer, path)
    }

    private init(
        _ file: WritableFile, like other: FileFooter, _ metadata: [FileFooter.MetadataEntry],
        _ entryPoints: (any EntryPointFinder)?, _ segmentBytes: Int?, _ codecOptions: WriterOptions?,
        target: consuming DatasetTarget
    ) throws(ColonnadeError) {
        var footer = other.withoutRows()
        footer.metadata = metadata
        self.init(
            try Schema(other.valueFields), footer, file: file,
            end: ForeverConstants.prologueSize, sequence: 1, entryPoints, segmentBytes: segmentBytes,
            codecOptions: codecOptions,
            target: target)
    }
}
