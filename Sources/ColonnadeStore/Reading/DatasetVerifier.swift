// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeFormat

/// The check of a complete file: every checksum, every byte that must be zero, and the rules that can only be checked
/// by reading rows (R27 to R38).
public enum DatasetVerifier {
    public struct Report: Sendable {
        public let byteCount: Int
        public let blockCount: Int
        /// The errors that were found, at most `limit` of them.
        public let problems: [ColonnadeError]
    }

    /// The number of problems after which a verification stops.
    public static let limit = 100

    /// Verifies a file. Plain fixed columns are read at about the speed of memory.
    ///
    /// - Parameters:
    ///   - path: the path of the data set.
    ///   - progress: the function that Colonnade calls after each segment with the number of bytes read. If it returns
    ///     false, the verification stops.
    /// - Throws: the errors of opening; `corruptFile` if the file is truncated meanwhile; `cancelled`.
    public static func verify(
        path: String, progress: (_ done: Int, _ of: Int) -> Bool = { _, _ in true }
    ) throws(ColonnadeError) -> Report {
        let dataset = try StoredDataset(path: path, verification: .off)
        var run = Verification(dataset)
        run.checkSlots()
        var done = 0
        for (number, segment) in dataset.segments.enumerated() {
            run.checkSegment(segment, number)
            try dataset.checkIntact()
            done += segment.dataLength
            guard progress(done, dataset.byteCount) else {
                throw ColonnadeError(.cancelled, "stopped before the end", at: .file(path))
            }
            if run.problems.count >= limit { break }
        }
        run.checkGapsAndRetired()
        // Contents are checked only if all blocks are correct.
        if !run.problems.contains(where: { $0.rule == 29 }) { run.checkContents() }
        try dataset.checkIntact()
        return Report(
            byteCount: dataset.byteCount, blockCount: run.blockCount, problems: Array(run.problems.prefix(limit)))
    }
}
