// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// An existing data set to which rows are appended. New rows are written after its end, and become part of it with
/// `commit`. Without `commit`, they are cut off.
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
        // A failure here cannot be reported and has no effect: readers stop at the end, and the next append truncates
        // again.
        try? file.truncate(to: oldEnd)
    }

    /// Opens a data set for appending, and takes its lock.
    ///
    /// Throws `system` if another writer has the lock, and `unsupported` for extensions that may not apply to further
    /// rows.
    static func open(_ path: String) throws(ColonnadeError) -> (WritableFile, StoredDataset) {
        // Another writer may replace the file between opening and locking, as writers of new files do.
        for _ in 0..<100 {
            let file = try WritableFile(opening: path)
            guard try file.lock() else {
                throw ColonnadeError(
                    .system, "another writer is appending to it: wait for that to end", at: .file(path))
            }
            // The data set is opened under the lock, so that no other process commits between reading and writing.
            let dataset = try StoredDataset(path: path, verification: .off)
            guard try file.isStillThere() else { continue }
            try checkExtensions(dataset)
            try GroupPlan.validateStrides(dataset.layout.footer, path)
            return (file, dataset)
        }
        throw replaced(path)
    }

    /// Throws `unsupported` for extensions that may not apply to other rows.
    static func checkExtensions(_ dataset: StoredDataset) throws(ColonnadeError) {
        guard let unknown = dataset.layout.unknownExtension else { return }
        throw ColonnadeError(
            .unsupported, "it has \(unknown), which may not hold for further rows: append with a newer version",
            at: .file(dataset.path))
    }

    /// Makes the error for a file that lost its name: rows that are appended to it would be lost silently.
    private static func replaced(_ path: String) -> ColonnadeError {
        ColonnadeError(.system, "another file was put in its place meanwhile: append to that", at: .file(path))
    }

    consuming func commit(_ slot: CommitSlot) throws(ColonnadeError) {
        try file.synchronize()
        guard try file.isStillThere() else { throw AppendingFile.replaced(file.path) }
        // As soon as this write begins, the commit may be in force, so the file must not be truncated any more.
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
