// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// The archives that samples name, each of which is indexed once.
final class TarArchives: Sendable {
    private final class Entry: Sendable {
        let archive = Monitor<TarArchive?>(nil)
    }

    private let isNested: Bool
    private let entries = Monitor<NameMap<Entry>>([:])

    init(isNested: Bool) { self.isNested = isNested }

    /// Returns the archive at a path. The first call for a path reads the headers, while other threads may read other archives.
    /// Throws the errors of `open` and of `TarArchive.init(_:isNested:)`.
    ///
    /// - Parameters:
    ///   - path: the path of the archive.
    ///   - open: opens the file at the path.
    func archive(
        at path: String, opening open: () throws(ColonnadeError) -> RegularFile
    ) throws(ColonnadeError) -> TarArchive {
        let entry = entries.withLock { entries in
            if let entry = entries[path] { return entry }
            let entry = Entry()
            entries[path] = entry
            return entry
        }
        return try entry.archive.withLock { (archive) throws(ColonnadeError) in
            if let archive { return archive }
            let made = try TarArchive(try open(), isNested: isNested)
            archive = made
            return made
        }
    }
}
