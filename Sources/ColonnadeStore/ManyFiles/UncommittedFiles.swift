// SPDX-License-Identifier: Apache-2.0

import ColonnadeFormat
import ColonnadeSystem

/// Files of a data set that no version names yet. They are removed with this object, unless they may be published.
final class UncommittedFiles {
    var written: [WrittenFragment] = []
    var isPublished = false
    private let folder: DatasetFolder
    private let process = Syscalls.processIdentifier

    init(_ folder: DatasetFolder) { self.folder = folder }

    deinit {
        // A forked child must not remove the files of its parent. Files that stay are removed by gc.
        guard !isPublished, process == Syscalls.processIdentifier else { return }
        for file in written { try? Syscalls.unlink(folder.path(ofFile: file.file.name)) }
    }
}
