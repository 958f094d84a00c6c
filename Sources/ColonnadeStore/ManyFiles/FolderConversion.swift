// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// The conversion of a file to a data set of many files, whose first file it is. The data set is made beside the file, with a
/// link to it, so that no row is copied. `publish()` exchanges the two. A conversion that is dropped leaves the file as it was.
struct FolderConversion: ~Copyable {
    /// The data set until it is published.
    let folder: DatasetFolder
    private let target: String
    /// The file, whose lock keeps others from appending to it.
    private let file: WritableFile
    private let process = Syscalls.processIdentifier
    private var isPublished = false

    /// Begins a conversion, and makes version 1 with the rows of the file. Throws the errors of opening the file for appending,
    /// `unsupported` if the file system has no links, `system`.
    init(_ path: String) throws(ColonnadeError) {
        guard case .file(let place) = try OutputPath(following: path) else {
            throw ColonnadeError(.invalidArgument, "it is no regular file: name a file or a folder", at: .file(path))
        }
        let (file, dataset) = try AppendingFile.open(place)
        let folder = try FolderConversion.makeFolder(beside: place)
        do throws(ColonnadeError) {
            try FolderConversion.fill(folder, with: dataset, at: place)
        } catch {
            FolderConversion.remove(folder)
            throw error
        }
        target = place
        self.file = file
        self.folder = folder
    }

    deinit {
        // A forked child must not remove the files of its parent.
        if !isPublished, process == Syscalls.processIdentifier { FolderConversion.remove(folder) }
    }

    private static func makeFolder(beside path: String) throws(ColonnadeError) -> DatasetFolder {
        let (parent, name) = (OutputPath.folder(of: path), OutputPath.name(of: path))
        // A long name would leave no space for the rest.
        let isShort = name.utf8.count <= 128
        let prefix = ".\(isShort ? name : "").staging-"
        if isShort {
            // The lock of the file says that no process is converting it: these folders are of processes that were killed.
            for other in try Syscalls.names(inFolder: parent) where other.utf8.starts(with: prefix.utf8) {
                guard RandomNumber(String(decoding: other.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)) != nil,
                    try DatasetFolder.isFolder("\(parent)/\(other)")
                else { continue }
                remove(DatasetFolder("\(parent)/\(other)"))
            }
        }
        let folder = DatasetFolder("\(parent)/\(prefix)\(RandomNumber.make())")
        try folder.make()
        return folder
    }

    private static func fill(
        _ folder: DatasetFolder, with dataset: StoredDataset, at path: String
    ) throws(ColonnadeError) {
        var footer = dataset.layout.footer.withoutRows()
        footer.metadata = dataset.layout.footer.metadata
        var fragments: [WrittenFragment] = []
        if dataset.rowCount > 0 {
            let name = RandomNumber.make()
            do throws(ColonnadeError) {
                try Syscalls.link(path, to: folder.path(ofFile: name))
            } catch {
                throw ColonnadeError(
                    .unsupported,
                    "it cannot become a data set of many files, since that needs a second name for it: copy it to a folder "
                        + "(colonnade pack \(path) --output FOLDER/), and change that (\(error.message))",
                    at: .file(path))
            }
            try WritableFile.synchronizeFolder(folder.data)
            fragments.append(try WrittenFragment(name, in: folder))
        }
        _ = try FolderCommit(folder, creating: footer, fragments).publish()
    }

    /// Puts the data set in the place of the file, in one step. Throws `system` if another file is there meanwhile, and
    /// `unsupported` if the file system cannot exchange names.
    consuming func publish() throws(ColonnadeError) {
        guard try file.isStillThere() else {
            throw FolderConversion.replaced(target)
        }
        guard try Syscalls.exchange(folder.path, target) else {
            throw ColonnadeError(
                .unsupported,
                "this file system cannot exchange a file and a folder in one step: pack the file to a folder, and change that",
                at: .file(target))
        }
        isPublished = true
        // Writers of new files take no lock: one may have put its file there before the exchange, and has it under the old name now.
        let isOwn = (try? file.isAt(folder.path)) ?? false
        if !isOwn {
            guard (try? Syscalls.exchange(folder.path, target)) == true else {
                throw ColonnadeError(
                    .system,
                    "the columns are changed, but another file was perhaps put in its place meanwhile, which is \(folder.path) now",
                    at: .file(target))
            }
            isPublished = false
            throw FolderConversion.replaced(target)
        }
        // The file is also in the data set.
        try? Syscalls.unlink(folder.path)
        do throws(ColonnadeError) {
            try WritableFile.synchronizeFolder(OutputPath.folder(of: target))
        } catch {
            throw ColonnadeError(
                error.code, "the columns are changed, but may not survive a loss of power: \(error.message)",
                at: .file(target))
        }
    }

    private static func replaced(_ path: String) -> ColonnadeError {
        ColonnadeError(
            .system, "another file was put in its place meanwhile: nothing was changed, run this again", at: .file(path)
        )
    }

    /// Removes a data set that was not published, as far as that is possible.
    private static func remove(_ folder: DatasetFolder) {
        for inner in [folder.data, folder.versions] {
            for name in (try? Syscalls.names(inFolder: inner)) ?? [] { try? Syscalls.unlink("\(inner)/\(name)") }
            try? Syscalls.removeFolder(inner)
        }
        try? Syscalls.removeFolder(folder.path)
    }
}
