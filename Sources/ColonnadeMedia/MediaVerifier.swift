// SPDX-License-Identifier: Apache-2.0

import Colonnade
public import ColonnadeCore
import ColonnadeSystem

/// The check of the pictures and sounds that a data set has in columns with a media type, beyond the rules of the format.
///
///     let report = try MediaVerifier.verify(path: "pets.colonnade")
///     for problem in report.problems { print(problem) }
///
/// Each picture and sound is decoded completely, and the entry points of pictures are compared with those that the writer would find.
/// Of sound for which libsndfile is needed and missing, the header and the end are checked. Files that are decoded at once share a
/// budget of memory, and a larger one waits until it is alone.
/// `DatasetVerifier` checks the file itself, and comes first.
public enum MediaVerifier {
    public struct Report: Sendable {
        /// The number of files that were checked.
        public let fileCount: Int
        /// The number of pictures that have entry points.
        public let enteredCount: Int
        /// The number of files of formats that Colonnade does not decode, such as TIFF and AU. They are not checked.
        public let unreadCount: Int
        /// The errors that were found, at most `limit` of them: each has its row and column, and a remedy.
        public let problems: [ColonnadeError]
    }

    /// The number of problems after which a verification stops.
    public static let limit = 100

    /// The number of rows that are checked between two calls of `progress`.
    private static let rowsAtOnce = 64

    /// Checks all files of a data set, on all processors. O(pixels).
    ///
    /// - Parameters:
    ///   - path: the path of a file, or of a data set of many files, whose newest version is checked.
    ///   - progress: the function that Colonnade calls repeatedly with the number of rows checked. If it returns false, the
    ///     verification stops.
    /// - Throws: the errors of opening; `corruptFile` if the file is truncated meanwhile; `cancelled`; `outOfMemory`.
    public static func verify(
        path: String, progress: (_ done: Int, _ of: Int) -> Bool = { _, _ in true }
    ) throws(ColonnadeError) -> Report {
        let dataset = try StoredDataset.open(path)
        let columns = dataset.schema.indices.compactMap { MediaCheck(dataset, column: $0) }
        var (files, entered, unread, problems) = (0, 0, 0, [ColonnadeError]())
        var row = 0
        while row < dataset.rowCount, !columns.isEmpty, problems.count < limit {
            let rows = row..<min(row + rowsAtOnce, dataset.rowCount)
            let outcomes = ParallelWork.results(rows.count * columns.count) { (index) throws(ColonnadeError) in
                try columns[index % columns.count].check(row: rows.lowerBound + index / columns.count)
            }
            for outcome in outcomes {
                let result = try outcome.get()
                files += 1
                entered += result.isEntered ? 1 : 0
                unread += result.isUnread ? 1 : 0
                if let problem = result.problem { problems.append(problem) }
            }
            row = rows.upperBound
            try dataset.checkIntact()
            guard progress(row, dataset.rowCount) else {
                throw ColonnadeError(.cancelled, "stopped before the end", at: .file(path))
            }
        }
        return Report(
            fileCount: files, enteredCount: entered, unreadCount: unread, problems: Array(problems.prefix(limit)))
    }
}
