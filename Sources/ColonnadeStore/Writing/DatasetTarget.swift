// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// The target of a writer: a new file that is published by renaming, or the end of an existing file that a commit slot
/// brings into force. If a target is dropped before that, the file is unchanged.
enum DatasetTarget: ~Copyable {
    case creating(StagingFile, replacing: Bool)
    /// A file with a new name, which the caller synchronizes with its folder.
    case creatingPart(StagingFile)
    case appending(AppendingFile)

    /// Writes the commit slot that makes the bytes up to `slot.end` the data set, and makes it durable, except for parts.
    consuming func commit(_ slot: CommitSlot) throws(ColonnadeError) {
        switch consume self {
        case .creating(let staging, let replacing):
            try DatasetTarget.write(slot, to: staging.file)
            try staging.publish(replacing: replacing)
        case .creatingPart(let staging):
            try DatasetTarget.write(slot, to: staging.file)
            try staging.publishNewName()
        case .appending(let file):
            try file.commit(slot)
        }
    }

    private static func write(_ slot: CommitSlot, to file: WritableFile) throws(ColonnadeError) {
        var prologue = FileHeader.encoded() + [UInt8](repeating: 0, count: 2 * ForeverConstants.commitSlotSize)
        let offset = CommitSlot.offset(sequence: slot.sequence)
        prologue.replaceSubrange(offset..<offset + ForeverConstants.commitSlotSize, with: slot.encoded())
        try file.write(prologue, at: 0)
    }
}
