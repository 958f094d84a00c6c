// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// The folders of a data set that a writer makes. Those that are empty are removed with this object, unless the data set is published.
final class MadeFolders {
    var isPublished = false
    private let folder: DatasetFolder
    private let isOwn: Bool
    private let process = Syscalls.processIdentifier

    /// Makes the folders. Throws as `DatasetFolder.make()` does.
    init(_ folder: DatasetFolder) throws(ColonnadeError) {
        self.folder = folder
        isOwn = try Syscalls.status(path: folder.path) == nil
        try folder.make()
    }

    deinit {
        // A forked child must not remove the folders of its parent.
        guard !isPublished, process == Syscalls.processIdentifier else { return }
        folder.removeIfEmpty(itself: isOwn)
    }
}
