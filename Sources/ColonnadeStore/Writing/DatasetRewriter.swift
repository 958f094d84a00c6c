// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// Writes a file that was appended to many times anew, without the footers that it no longer needs.
///
/// Each append leaves the footer before it in place, and a footer has an entry for each append: without this, the file would
/// grow with the square of the appends. Since it happens only when old footers take more than half of the file, it writes at
/// most as much again as the appends did.
enum DatasetRewriter {
    /// Old footers that are not worth the work, in bytes.
    private static let tolerated = 1 << 20
    private static let chunkBytes = 4 << 20

    static func isWorthwhile(_ footer: FileFooter, end: Int) -> Bool {
        let old = footer.retired.reduce(0) { $0 + $1.length }
        return old > tolerated && old > end / 2
    }

    /// Puts a file with the same rows in the place of this one, whose lock the caller holds and whose commit is `slot`.
    ///
    /// Throws, and leaves the file as it is, if it has other names or rights that a new file would not have, if a block of it
    /// is damaged, or if the system refuses.
    static func rewrite(_ file: WritableFile, _ slot: CommitSlot) throws(ColonnadeError) -> DatasetSummary {
        // Every block is checked against its checksum: damage must not get a new, right checksum.
        let old = try StoredDataset(path: file.path, verification: .onFirstTouch)
        let isAlone = try file.linkCount() == 1
        let isThere = try file.isStillThere()
        guard isAlone, isThere, !file.hasAccessList, old.layout.commit == slot else {
            throw ColonnadeError(.system, "it has other names or an access list", at: .file(file.path))
        }
        var writer = try DatasetWriter(rewriting: old)
        var row = 0
        var count = 16
        while row < old.rowCount {
            let end = min(row + count, old.rowCount)
            let chunk = try old.chunk(rows: row..<end, columns: Array(old.schema.indices))
            try writer.append(chunk)
            row = end
            let rowBytes = max(1, chunk.columns.reduce(0) { $0 + $1.byteCount + 8 * $1.ends.count } / chunk.rowCount)
            count = max(1, min(count * 4, chunkBytes / rowBytes, 1 << 18))
        }
        try old.checkIntact()
        return try writer.finish()
    }
}
