// SPDX-License-Identifier: Apache-2.0

import ColonnadeIngest
import ColonnadeMedia

extension JSONWriter {
    mutating func members(of report: MediaVerifier.Report?) {
        guard let report else { return }
        member("media_files", report.fileCount)
        member("entry_points", report.enteredCount)
        member("undecoded", report.unreadCount)
    }
}
