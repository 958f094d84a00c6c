// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// Files of a data set that no version names yet. They are removed with this object, unless they may be published.
final class UncommittedFiles {
    var written: [WrittenFragment] = []
    /// The names of all files that may be there, which are those of `written` and of one that is not complete.
    private var names: [RandomNumber] = []
    var isPublished = false
    private let folder: DatasetFolder
    private let process = Syscalls.processIdentifier
    /// Files that the system writes to the disk. They stay open, since an error of the disk is reported to open files.
    private var unsynchronized: [WritableFile] = []
    private static let mostUnsynchronized = 64
    /// The error of the first file that could not be synchronized. None of the files can be part of a version then.
    private var failure: ColonnadeError?

    init(_ folder: DatasetFolder) { self.folder = folder }

    /// Notes the name of a file that will be complete soon.
    func begin(_ name: RandomNumber) { names.append(name) }

    /// Notes that the file that was begun last is complete. If there are many of them, this waits for the oldest one. Throws `system`.
    func append(_ fragment: WrittenFragment, _ file: WritableFile) throws(ColonnadeError) {
        written.append(fragment)
        unsynchronized.append(file)
        if unsynchronized.count > UncommittedFiles.mostUnsynchronized {
            try synchronize(unsynchronized.removeFirst())
        }
    }

    /// Makes all files and their names durable. Throws `system`, also if it was thrown before.
    func synchronize() throws(ColonnadeError) {
        if let failure { throw failure }
        for file in unsynchronized { try synchronize(file) }
        unsynchronized = []
        try WritableFile.synchronizeFolder(folder.data)
    }

    private func synchronize(_ file: WritableFile) throws(ColonnadeError) {
        do throws(ColonnadeError) {
            try file.synchronize()
        } catch {
            failure = error
            throw error
        }
    }

    deinit {
        // A forked child must not remove the files of its parent. Files that stay are removed by gc.
        guard !isPublished, process == Syscalls.processIdentifier else { return }
        for name in names { try? Syscalls.unlink(folder.path(ofFile: name)) }
    }
}
