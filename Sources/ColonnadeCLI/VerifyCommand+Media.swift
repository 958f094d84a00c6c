// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeMedia

/// The check of pictures and sound.
extension VerifyCommand {
    /// Checks pictures and sound if that is asked for, and the file itself is correct.
    func mediaReport(
        _ problems: [ColonnadeError], _ progress: inout Progress
    ) throws -> MediaVerifier.Report? {
        guard media, problems.isEmpty else { return nil }
        return try MediaVerifier.verify(path: file) { done, total in
            progress.show(rows: done, bytes: 0, fraction: Double(done) / Double(max(total, 1)))
            return true
        }
    }

    /// Returns a clause with the number of files; empty if none was checked.
    func words(of report: MediaVerifier.Report?) -> String {
        guard let report else { return "" }
        let entered = report.enteredCount > 0 ? ", \(report.enteredCount) with entry points" : ""
        let unread = report.unreadCount > 0 ? ", \(report.unreadCount) of formats that are not decoded here" : ""
        return ", \(Wording.count(report.fileCount, "media file"))\(entered)\(unread)"
    }
}
