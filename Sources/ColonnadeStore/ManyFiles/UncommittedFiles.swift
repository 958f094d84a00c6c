// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// Files of a data set that no version names yet. They are removed with this object, unless they may be published.
final class UncommittedFiles {
    var written: [WrittenFragment] = []
    var isPublished = false
    private let folder: DatasetFolder
    private let process = Syscalls.processIdentifier
    /// Files that the system writes to the disk. They stay open, since an error of the disk is reported to open files.
    private var unsynchronized: [WritableFile] = []
    private static let mostUnsynchronized = 64

    init(_ folder: DatasetFolder) { self.folder = folder }

    /// Notes a file that is complete. If there are many of them, this waits for the oldest one. Throws `system`.
    func synchronizeLater(_ file: WritableFile) throws(ColonnadeError) {
        unsynchronized.append(file)
        guard unsynchronized.count > UncommittedFiles.mostUnsynchronized else { return }
        try unsynchronized.removeFirst().synchronize()
    }

    /// Makes all files and their names durable. Throws `system`.
    func synchronize() throws(ColonnadeError) {
        for file in unsynchronized { try file.synchronize() }
        unsynchronized = []
        try WritableFile.synchronizeFolder(folder.data)
    }

    deinit {
        // A forked child must not remove the files of its parent. Files that stay are removed by gc.
        guard !isPublished, process == Syscalls.processIdentifier else { return }
        for file in written { try? Syscalls.unlink(folder.path(ofFile: file.file.name)) }
    }
}
