// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// Where a writer writes: a new file that is published by renaming, or the end of an existing one that a commit slot
/// brings into force. Dropped before that, it leaves the target as it was.
enum DatasetTarget: ~Copyable {
    case creating(StagingFile, replacing: Bool)
    case appending(AppendingFile)

    /// Writes the slot that makes everything up to `slot.end` the data set, and makes it durable.
    consuming func commit(_ slot: CommitSlot) throws(ColonnadeError) {
        switch consume self {
        case .creating(let staging, let replacing):
            var prologue = FileHeader.encoded() + [UInt8](repeating: 0, count: 2 * ForeverConstants.commitSlotSize)
            let offset = CommitSlot.offset(sequence: slot.sequence)
            prologue.replaceSubrange(offset..<offset + ForeverConstants.commitSlotSize, with: slot.encoded())
            try staging.file.write(prologue, at: 0)
            try staging.publish(replacing: replacing)
        case .appending(let file):
            try file.commit(slot)
        }
    }
}

/// An existing data set with rows behind its end that are not part of it yet.
struct AppendingFile: ~Copyable {
    let file: WritableFile
    private let oldEnd: Int
    private var isCommitted = false

    /// Takes the lock, and cuts off what an interrupted append left behind `end`.
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

    /// Rows that are added to a file without a name would be lost without a word.
    static func replaced(_ path: String) -> ColonnadeError {
        ColonnadeError(.system, "another file was put in its place meanwhile: append to that", at: .file(path))
    }

    consuming func commit(_ slot: CommitSlot) throws(ColonnadeError) {
        try file.synchronize()
        guard try file.isStillThere() else { throw AppendingFile.replaced(file.path) }
        // From the first byte of this write on the file may be the new one, so it must not be cut off any more.
        isCommitted = true
        try file.write(slot.encoded(), at: CommitSlot.offset(sequence: slot.sequence))
        try file.synchronize()
    }
}
