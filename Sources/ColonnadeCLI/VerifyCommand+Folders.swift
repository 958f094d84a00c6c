// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import ColonnadeMedia
import ColonnadeStore

/// The verification of a data set of many files.
extension VerifyCommand {
    func verifyFolder(_ progress: inout Progress) throws {
        let report = try FolderVerifier.verify(path: file) { done, total in
            progress.show(bytes: done, fraction: Double(done) / Double(max(total, 1)))
            return true
        }
        let found = try mediaReport(report.problems, &progress)
        let problems = report.problems + (found?.problems ?? [])
        let seconds = progress.seconds
        progress.end()
        if json {
            try Console.report { (json) throws(ColonnadeError) in
                json.member("file", file.readableFileName)
                json.member("valid", problems.isEmpty)
                json.member("bytes", report.byteCount)
                json.member("blocks", report.blockCount)
                json.member("files", report.fileCount)
                json.members(of: found)
                json.member("seconds", seconds)
                json.problems(problems)
                json.key("unreferenced")
                json.array { json in for path in report.unreferenced { json.value(path.readableFileName) } }
            }
        } else {
            let counts =
                "\(Wording.count(report.fileCount, "file")), \(Wording.count(report.blockCount, "block")), "
                + Wording.bytes(report.byteCount)
            let verdict = problems.isEmpty ? "no problem" : Wording.count(problems.count, "problem")
            try Console.report(
                lines: problems.map(\.description)
                    + report.unreferenced.map { "\($0): no version names this file" }
                    + ["\(file): \(verdict); \(counts)\(words(of: found)) in \(Wording.seconds(seconds))"])
        }
        if !problems.isEmpty { throw ExitStatus.badData }
    }
}
