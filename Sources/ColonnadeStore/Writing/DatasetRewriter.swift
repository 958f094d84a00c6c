// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// Rewrites a file that was appended to many times, without its old footers.
///
/// Each append keeps the previous footer in place, and a footer has an entry for each append. Without rewriting, the
/// size of the file would be quadratic in the number of appends. A rewrite happens only when old footers take more than
/// half of the file, so all rewrites together write no more bytes than the appends did.
enum DatasetRewriter {
    /// The size of old footers up to which a rewrite is not worthwhile, in bytes.
    private static let toleratedBytes = 1 << 20

    static func isWorthwhile(_ footer: FileFooter, end: Int) -> Bool {
        let old = footer.retired.reduce(0) { $0 + $1.length }
        return old > toleratedBytes && old > end / 2
    }

    /// Replaces a file by a new one with the same rows. The caller holds the file's lock, and `slot` is its commit.
    ///
    /// Throws, and leaves the file unchanged, if it has other names or rights that a new file would not have, if one of
    /// its blocks is damaged, or if the system refuses.
    static func rewrite(_ file: WritableFile, _ slot: CommitSlot) throws(ColonnadeError) -> DatasetSummary {
        // Every block is verified, so that damaged data does not get a new, correct checksum.
        let old = try StoredDataset(path: file.path, verification: .onFirstTouch)
        let isAlone = try file.linkCount() == 1
        let isThere = try file.isStillThere()
        guard isAlone, isThere, !file.hasAccessList, old.layout.commit == slot else {
            throw ColonnadeError(.system, "it has other names or an access list", at: .file(file.path))
        }
        var writer = try DatasetWriter(rewriting: old)
        try old.forEachChunk(of: Array(old.columns.indices)) { (chunk, _) throws(ColonnadeError) in
            try writer.appendComplete(chunk)
            return true
        }
        try old.checkIntact()
        return try writer.finish()
    }
}
