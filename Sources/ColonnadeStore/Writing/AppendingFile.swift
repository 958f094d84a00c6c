// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// An existing data set to which rows are appended. They follow its end, and are part of it after `commit`; without
/// that, they are cut off.
struct AppendingFile: ~Copyable {
    let file: WritableFile
    private let oldEnd: Int
    private var isCommitted = false

    /// Takes the lock, and removes the bytes that an interrupted append left after `end`.
    init(_ file: WritableFile, end: Int) throws(ColonnadeError) {
        if try file.byteCount() > end { try file.truncate(to: end) }
        oldEnd = end
        self.file = file
    }

    deinit {
        if isCommitted { return }
        // Nobody can be told if this fails, and it does no harm: a reader stops at the end, and the next append tries again.
        try? file.truncate(to: oldEnd)
    }

    /// Opens a data set to append to it, and takes its lock.
    ///
    /// Throws `system` if another writer has the lock, `unsupported` for extensions that may not hold for further rows.
    static func open(_ path: String) throws(ColonnadeError) -> (WritableFile, StoredDataset) {
        // Another writer may put a file in its place between opening and locking, as one does that writes it anew.
        for _ in 0..<100 {
            let file = try WritableFile(opening: path)
            guard try file.lock() else {
                throw ColonnadeError(
                    .system, "another writer is appending to it: wait for that to end", at: .file(path))
            }
            // Only now, with the lock, is it certain that no other process commits between reading and writing.
            let dataset = try StoredDataset(path: path, verification: .off)
            guard try file.isStillThere() else { continue }
            if let unknown = dataset.layout.unknownExtension {
                throw ColonnadeError(
                    .unsupported, "it has \(unknown), which may not hold for further rows: append with a newer version",
                    at: .file(path))
            }
            try GroupPlan.validateStrides(dataset.layout.footer, path)
            return (file, dataset)
        }
        throw replaced(path)
    }

    /// Rows that are added to a file without a name would be lost without a word.
    private static func replaced(_ path: String) -> ColonnadeError {
        ColonnadeError(.system, "another file was put in its place meanwhile: append to that", at: .file(path))
    }

    consuming func commit(_ slot: CommitSlot) throws(ColonnadeError) {
        try file.synchronize()
        guard try file.isStillThere() else { throw AppendingFile.replaced(file.path) }
        // From the first byte of this write on the file may be the new one, so it must not be cut off any more.
        isCommitted = true
        do throws(ColonnadeError) {
            try file.write(slot.encoded(), at: CommitSlot.offset(sequence: slot.sequence))
            try file.synchronize()
        } catch {
            guard let now = try? StoredDataset(path: file.path, verification: .off), now.layout.commit == slot else {
                throw error
            }
            throw ColonnadeError(
                error.code,
                "the new rows are part of the file, but may not survive a loss of power: \(error.message)",
                at: .file(file.path))
        }
    }
}
