// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// A writer of rows to a data set of many files. The rows become one file, which `finish()` commits as part of the next
/// version. Any number of writers, in any processes, may write to one data set at once.
///
///     var writer = try FolderWriter(appendingTo: "train.colonnade")
///     try writer.append(Sample(schema: writer.schema, tensors: [Tensor(scalar: Float(1))]))
///     try writer.finish()
///
/// Until `finish()`, and after an error, the data set is as it was. A process that is killed may leave a file that no
/// version names.
public struct FolderWriter: ~Copyable {
    public let schema: Schema

    private let folder: DatasetFolder
    private let name: RandomNumber
    private let creating: FileFooter?
    private let pinned: PinnedColumns?
    private var writer: DatasetWriter
    private var rowCount = 0
    /// The last property: it removes its folders after the writer has removed its file.
    private let made: MadeFolders?

    /// Starts a new data set in a folder that is empty or does not exist.
    ///
    /// Throws `fileExists` if the folder has a data set or other files, and the errors of `DatasetWriter`.
    public init(
        creating path: String, schema: Schema, options: WriterOptions = WriterOptions()
    ) throws(ColonnadeError) {
        try self.init(
            creating: path, like: try DatasetWriter.footer(schema, options), options.entryPoints, options.segmentBytes,
            codecOptions: options)
    }

    /// Starts a new data set with the columns, groups and metadata of a footer. Throws as the other initializer does.
    init(
        creating path: String, like other: FileFooter, _ entryPoints: (any EntryPointFinder)? = nil,
        _ segmentBytes: Int? = nil, codecOptions: WriterOptions? = nil
    ) throws(ColonnadeError) {
        var footer = other.withoutRows()
        footer.metadata = other.metadata
        let folder = DatasetFolder(path)
        guard try DatasetFolder.canBeMade(at: "\(folder.path)/") else {
            throw ColonnadeError(
                .fileExists, "a data set or a file is there already: append to it, or choose another name",
                at: .file(path))
        }
        let made = try MadeFolders(folder)
        let name = RandomNumber.make()
        let writer = try DatasetWriter(
            part: name, of: folder, like: footer, entryPoints: entryPoints, segmentBytes: segmentBytes,
            codecOptions: codecOptions)
        self.init(folder, name, creating: footer, nil, writer, made)
    }

    private init(
        _ folder: DatasetFolder, _ name: RandomNumber, creating: FileFooter?, _ pinned: PinnedColumns?,
        _ writer: consuming DatasetWriter, _ made: MadeFolders? = nil
    ) {
        self.made = made
        schema = writer.schema
        self.folder = folder
        self.name = name
        self.creating = creating
        self.pinned = pinned
        self.writer = writer
    }

    /// Starts a file with further rows of a data set.
    ///
    /// Throws `fileNotFound` if there is no data set of many files, the errors of reading its newest version, `system`.
    ///
    /// - Parameters:
    ///   - path: the folder of the data set.
    ///   - entryPoints: see `DatasetWriter`.
    ///   - segmentBytes: see `WriterOptions`.
    public init(
        appendingTo path: String, entryPoints: (any EntryPointFinder)? = nil, segmentBytes: Int? = nil
    ) throws(ColonnadeError) {
        let folder = DatasetFolder(path)
        let manifest = try folder.newest()
        try manifest.checkExtensions(path)
        let name = RandomNumber.make()
        let writer = try DatasetWriter(
            part: name, of: folder, like: manifest.footer, entryPoints: entryPoints,
            segmentBytes: segmentBytes)
        self.init(folder, name, creating: nil, PinnedColumns(manifest), writer)
    }

    /// Appends rows. Throws `invalidArgument` if they do not match the schema, or `system`. After an error the writer
    /// cannot be used.
    public mutating func append(_ chunk: RecordChunk) throws(ColonnadeError) {
        try writer.append(chunk)
        rowCount += chunk.rowCount
    }

    /// Appends one row. Throws the errors of `append(_:)` with a chunk.
    public mutating func append(_ sample: Sample) throws(ColonnadeError) {
        try writer.append(sample)
        rowCount += 1
    }

    /// Appends rows of all columns, those with entry points included. Throws as `append` does.
    mutating func appendComplete(_ chunk: RecordChunk) throws(ColonnadeError) {
        try writer.appendComplete(chunk)
        rowCount += chunk.rowCount
    }

    /// Commits the rows, and returns the size of the data set with its version. Without rows, a data set that exists gets
    /// no new version.
    ///
    /// Throws `invalidArgument` if another process changed the columns meanwhile, `unsupported` if the file system cannot
    /// commit safely, and the errors of `DatasetWriter`.
    @discardableResult
    public consuming func finish() throws(ColonnadeError) -> DatasetSummary {
        let (folder, name, creating, pinned, made, count) = (folder, name, creating, pinned, made, rowCount)
        let written: DatasetSummary?
        if count > 0 { written = try writer.finish() } else { written = nil }
        guard written != nil || creating != nil else {
            return DatasetSummary(try folder.newest(), segmentCount: 0)
        }
        var fragments = written == nil ? [] : [try WrittenFragment(name, in: folder)]
        for index in fragments.indices { fragments[index].pinned = pinned }
        let manifest: Manifest
        do throws(ColonnadeError) {
            manifest = try FolderCommit(folder, creating: creating, fragments).publish()
            made?.isPublished = true
        } catch {
            throw error.located(in: folder.path)
        }
        return DatasetSummary(manifest, segmentCount: written?.segmentCount ?? 0)
    }
}

extension Manifest {
    /// Throws `unsupported` for extensions that may not apply to further rows.
    func checkExtensions(_ path: String) throws(ColonnadeError) {
        guard let unknownExtension else { return }
        throw ColonnadeError(
            .unsupported,
            "it has \(unknownExtension), which may not hold for further rows: append with a newer version",
            at: .file(path))
    }
}

extension DatasetSummary {
    init(_ manifest: Manifest, segmentCount: Int) {
        self.init(
            rowCount: manifest.rowCount, byteCount: manifest.byteCount, segmentCount: segmentCount, appendCount: 0,
            version: Int(clamping: manifest.commit.version))
    }
}
