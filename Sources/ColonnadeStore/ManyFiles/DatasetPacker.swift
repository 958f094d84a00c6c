// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// Writes a data set of many files as one file, or a file as a data set of many files: the same rows, columns, class labels, codecs,
/// metadata and entry points.
///
///     try DatasetPacker.pack("train.colonnade", to: "packed.colonnade")
///     try DatasetPacker.pack("packed.colonnade", to: "many.colonnade/")
public enum DatasetPacker {
    /// The function that Colonnade calls after each chunk with the numbers of rows that are written and of all. If it returns false, the
    /// work stops.
    public typealias Progress = (_ rows: Int, _ of: Int) -> Bool

    /// Copies all rows of a data set. The target appears when it is complete. Each block that is read is verified.
    ///
    /// Throws the errors of opening the source, `corruptFile` for a damaged block, `unsupported` for extensions that this version does
    /// not know, `fileExists` unless replacing is allowed, `cancelled` if `progress` says so, `system`.
    ///
    /// - Parameters:
    ///   - source: a file, or the folder of a data set of many files.
    ///   - version: the number of a version; nil for the newest one, or that of the tag.
    ///   - tag: the name of a tag.
    ///   - target: a file, or a data set of many files if it ends with a slash or leads to an empty folder.
    ///   - replacing: whether a file that exists is replaced.
    ///   - progress: the function that is called after each chunk.
    @discardableResult
    public static func pack(
        _ source: String, version: Int? = nil, tag: String? = nil, to target: String, replacing: Bool = false,
        progress: Progress = { _, _ in true }
    ) throws(ColonnadeError) -> DatasetSummary {
        try checkIsOutside(source, target)
        // Every block is verified, so that damaged data does not get a new, correct checksum.
        let dataset: any OpenDataset
        let footer: FileFooter
        if let opened = try DatasetVersion(ifFolder: source, version: version, tag: tag, verification: .onFirstTouch) {
            try opened.manifest.checkExtensions(source)
            (dataset, footer) = (opened, opened.manifest.footer)
        } else {
            let opened = try StoredDataset(path: source, verification: .onFirstTouch)
            try AppendingFile.checkExtensions(opened)
            (dataset, footer) = (opened, opened.layout.footer)
        }
        if try DatasetFolder.canBeMade(at: target) {
            let writer = try FolderWriter(creating: target, like: footer)
            return try copy(dataset, footer, to: writer, progress)
        }
        try StagingFile.check(target: target, replacing: replacing, sources: [source])
        let writer = try DatasetWriter(
            creating: target, like: footer, metadata: footer.metadata, replacing: replacing)
        return try copy(dataset, footer, to: writer, progress)
    }

    /// Throws `fileExists` if a target is in the folder of the source, whose files it might replace.
    private static func checkIsOutside(_ source: String, _ target: String) throws(ColonnadeError) {
        guard try DatasetFolder.isFolder(source),
            case .file(let place) = try OutputPath(following: DatasetFolder(target).path),
            let folder = Syscalls.realPath(source), let other = Syscalls.realPath(OutputPath.folder(of: place)),
            "\(other)/".utf8.starts(with: "\(folder)/".utf8)
        else { return }
        throw ColonnadeError(
            .fileExists, "it is in the folder \(source), which is read: name a file or a folder that is not in it",
            at: .file(target))
    }

    private static func copy(
        _ dataset: any OpenDataset, _ footer: FileFooter, to writer: consuming some CompleteWriter & ~Copyable,
        _ progress: Progress
    ) throws(ColonnadeError) -> DatasetSummary {
        try dataset.forEachChunk(of: Array(footer.columns.indices)) { (chunk, end) throws(ColonnadeError) in
            try writer.appendComplete(chunk)
            guard progress(end, dataset.rowCount) else {
                throw ColonnadeError(.cancelled, "stopped on request after \(end) rows; nothing was written")
            }
            return true
        }
        try dataset.checkIntact()
        return try writer.finish()
    }
}
