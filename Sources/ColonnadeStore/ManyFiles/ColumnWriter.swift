// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// A writer of further columns for the rows of a data set of many files. Each fragment gets one more file with the columns, and
/// `finish()` commits all of them as part of the next version. The other files stay as they are.
///
///     var writer = try ColumnWriter(addingTo: "train.colonnade", Schema([Field("length", .int64)]))
///     for length in lengths { try writer.append(Sample(schema: writer.schema, tensors: [Tensor(scalar: length)])) }
///     try writer.finish()
///
/// The rows come in the order of the data set. A lone file becomes a data set of many files, with itself as the first file.
/// Until `finish()`, and after an error, the data set is as it was.
public struct ColumnWriter: ~Copyable {
    /// The new columns.
    public let schema: Schema

    /// The path that the caller gave.
    private let path: String
    private let folder: DatasetFolder
    /// The version whose rows get values.
    private var base: Manifest
    private let footer: FileFooter
    private let options: WriterOptions
    private let inputs: [ColumnChange.Pin]
    private let replaced: [ColumnChange.Pin]
    private var conversion: FolderConversion?
    private var writer: DatasetWriter?
    private var name = RandomNumber.zero
    /// The number of rows in the file that is being written.
    private var rowsOfFile = 0
    private let files: UncommittedFiles

    /// Begins columns of a data set, or of a lone file.
    ///
    /// Throws `fileNotFound` if there is no data set, the errors of reading it, `invalidArgument` if it has a column with the
    /// name of a new one, `unknownKey` if it lacks a column that is replaced or read, `unsupported`, `system`.
    ///
    /// - Parameters:
    ///   - path: the folder of the data set, or a file.
    ///   - schema: the new columns. A column that is replaced gives its class names or its unit of time to one of the same type without
    ///     a meaning: to lose it, drop the column and add another one.
    ///   - version: the version to whose rows the values belong; nil for the newest one. A file has none.
    ///   - inputs: the columns from which the values are made. If another writer replaces one of them, `finish()` throws.
    ///   - isReplacing: whether the columns take the places of those with the same names.
    ///   - options: codecs, groups and segments of the new files, and metadata, which is added to that of the data set.
    public init(
        addingTo path: String, _ schema: Schema, version: Int? = nil, inputs: [String] = [], isReplacing: Bool = false,
        options: WriterOptions = WriterOptions()
    ) throws(ColonnadeError) {
        let isFolder = try DatasetFolder.isFolder(path)
        guard isFolder || version == nil else { throw DatasetVersion.noVersions(of: path) }
        // A file is converted last, so that nothing is written for columns that cannot be added.
        let base = isFolder ? try DatasetFolder(path).manifest(version: version, tag: nil) : nil
        let existing: Schema
        if let base {
            existing = try Schema(base.footer.valueFields)
        } else {
            existing = try StoredDataset(path: path, verification: .off).schema
        }
        for name in inputs { _ = try existing.index(ofColumn: name) }
        var fields = Array(schema)
        for (position, field) in schema.enumerated() {
            if isReplacing {
                let column = existing[try existing.index(ofColumn: field.name)]
                fields[position].meaning = try column.meaning(ofValues: field, path)
            } else if existing.contains(where: { $0.name.hasBytes(of: field.name) }) {
                throw ColonnadeError(
                    .invalidArgument,
                    "it has a column \"\(field.name)\" already: give the new one another name, or replace it",
                    at: .file(path))
            }
        }
        let givenMeanings = schema.map(\.meaning)
        let schema = try Schema(fields)
        let footer = try DatasetWriter.footer(schema, options)
        var conversion: FolderConversion?
        let folder: DatasetFolder
        let manifest: Manifest
        if let base {
            try base.checkExtensions(path)
            folder = DatasetFolder(path)
            manifest = base
        } else {
            let made = try FolderConversion(path)
            folder = made.folder
            conversion = consume made
            manifest = try folder.newest()
        }
        var (pins, replaced) = ([ColumnChange.Pin](), [ColumnChange.Pin]())
        for name in inputs { pins.append(try ColumnChange.Pin(name, in: manifest)) }
        for (field, given) in zip(schema, givenMeanings) where isReplacing {
            var pin = try ColumnChange.Pin(field.name, in: manifest)
            if given == nil { pin.takenMeaning = field.meaning }
            replaced.append(pin)
        }
        self.path = path
        self.schema = schema
        self.footer = footer
        self.folder = folder
        self.base = manifest
        self.inputs = pins
        self.replaced = replaced
        self.conversion = conversion.take()
        self.options = options
        writer = nil
        files = UncommittedFiles(folder)
    }

    /// The number of rows that have values.
    public var writtenRowCount: Int {
        base.fragments[..<files.written.count].reduce(rowsOfFile) { $0 + $1.rowCount }
    }

    /// Appends values of the next rows. Throws `invalidArgument` if they do not match the columns, or if the data set does not
    /// have so many rows; `system`. After an error the writer cannot be used.
    public mutating func append(_ chunk: RecordChunk) throws(ColonnadeError) {
        var row = 0
        while row < chunk.rowCount {
            let count = min(try openFile(), chunk.rowCount - row)
            if count == chunk.rowCount {
                try writer?.append(chunk)
            } else {
                if row == 0 { try chunk.validate(against: schema) }
                try writer?.append(chunk.rows(row..<row + count, schema))
            }
            row += count
            try note(count)
        }
    }

    /// Appends the values of one row. Throws the errors of `append(_:)` with a chunk.
    public mutating func append(_ sample: Sample) throws(ColonnadeError) {
        _ = try openFile()
        try writer?.append(sample)
        try note(1)
    }

    /// Begins a file for the next fragment unless it is begun, and returns the number of rows that it lacks.
    private mutating func openFile() throws(ColonnadeError) -> Int {
        guard files.written.count < base.fragments.count else {
            throw ColonnadeError(
                .invalidArgument,
                "there are values for more than the \(base.rowCount) rows of version \(base.commit.version): give as many as "
                    + "there are rows", at: .file(path))
        }
        if writer == nil {
            name = RandomNumber.make()
            writer = try DatasetWriter(
                part: name, of: folder, like: footer, entryPoints: options.entryPoints,
                segmentBytes: options.segmentBytes, codecOptions: options, isOneOfMany: true)
        }
        return base.fragments[files.written.count].rowCount - rowsOfFile
    }

    private mutating func note(_ count: Int) throws(ColonnadeError) {
        rowsOfFile += count
        guard rowsOfFile == base.fragments[files.written.count].rowCount, let writer = writer.take() else { return }
        let file = writer.file
        files.begin(name)
        try writer.finish()
        let fragment = try WrittenFragment(name, in: folder)
        rowsOfFile = 0
        try files.append(fragment, file)
    }

    /// Moves on to the newest version, and returns the number of rows that have no values yet: those that other writers
    /// have appended, unless all values were missing before. A program that can compute further values appends them
    /// before it calls `finish()`.
    ///
    /// Throws `invalidArgument` if other writers have changed more than that, also if they have renamed a column that is read or
    /// replaced, and the errors of reading the version.
    public mutating func missingRowCount() throws(ColonnadeError) -> Int {
        let newest = try folder.newest()
        let known = base.fragments.map(\.number)
        guard newest.commit.dataset == base.commit.dataset, newest.fragments.prefix(known.count).map(\.number) == known
        else {
            throw ColonnadeError(
                .invalidArgument, "its rows are others than before: nothing was changed, run this again",
                at: .file(path))
        }
        // Further values are read by the names of the inputs.
        for pin in inputs + replaced {
            do throws(ColonnadeError) {
                try pin.check(newest, folder)
            } catch {
                throw error.moved(from: folder.path, to: path)
            }
        }
        base = newest
        return base.rowCount - writtenRowCount
    }

    /// The number of the version whose rows get values.
    public var version: Int { Int(clamping: base.commit.version) }

    /// Commits the columns, and returns the size of the data set with its version.
    ///
    /// Throws `invalidArgument` if rows lack values, also those that other writers have appended meanwhile, or if another writer
    /// changed the columns; `unsupported` if the file system cannot commit safely; `system`.
    @discardableResult
    public consuming func finish() throws(ColonnadeError) -> DatasetSummary {
        let count = writtenRowCount
        guard count == base.rowCount else {
            throw ColonnadeError(
                .invalidArgument,
                "there are values for \(count) rows of \(base.rowCount): give as many as there are rows",
                at: .file(path))
        }
        let change = ColumnChange.add(
            footer, files.written, to: base, inputs: inputs, replaced: replaced)
        let (path, folder, files) = (path, folder, files)
        let segmentCount = files.written.reduce(0) { $0 + $1.segmentCount }
        let manifest: Manifest
        do throws(ColonnadeError) {
            try files.synchronize()
            manifest = try change.commit(to: folder, files)
        } catch {
            throw error.moved(from: folder.path, to: path)
        }
        if let conversion = conversion.take() { try conversion.publish() }
        return DatasetSummary(manifest, segmentCount: segmentCount)
    }
}

extension Field {
    /// Returns the meaning of new values of this column: that of their own field, or of the column if they have its type. Throws
    /// `invalidArgument` for files whose type is not known any more.
    fileprivate func meaning(ofValues field: Field, _ path: String) throws(ColonnadeError) -> Meaning? {
        guard field.meaning == nil, let meaning, field.kind == kind, field.dtype == dtype, field.shape == shape
        else { return field.meaning }
        if case .media(let type) = meaning {
            throw ColonnadeError(
                .invalidArgument,
                "column \"\(name)\" has files of the type \(type), and the new values have none: give it, or drop the column and add "
                    + "another one", at: .file(path))
        }
        return meaning
    }
}

extension ColumnChange {
    /// Commits the change. Files that no version can name are removed.
    func commit(to folder: DatasetFolder, _ files: UncommittedFiles? = nil) throws(ColonnadeError) -> Manifest {
        // After an error of the system, the commit may be in force.
        files?.isPublished = true
        do throws(ColonnadeError) {
            return try FolderCommit(folder, self).publish()
        } catch {
            if error.code == .invalidArgument { files?.isPublished = false }
            throw error.located(in: folder.path)
        }
    }
}
