// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore
import ColonnadeIngest
import ColonnadeMedia
import ColonnadeStore

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks every checksum and every rule of the format.",
        discussion: """
            Reads the whole file. Each problem is a line with the place, and the number of the rule of \
            formats/colonnade-1.md that is broken; then the exit code is 65.

            Of a folder all versions and all their files are checked. Files that no version names are listed: they are those of \
            writers that have not committed yet, or that were stopped.

              colonnade verify fashion.colonnade
              colonnade verify fashion.colonnade --json
              colonnade verify pets.colonnade --media

            With --media, each picture and sound is decoded too, and the entry points of pictures are compared with those that an \
            ingest finds. Of sound for which libsndfile is needed and missing, headers and ends are checked. Files of formats that are not decoded here, such as TIFF, are counted, and not checked.
            """)

    @Argument(help: "A Colonnade file, or the folder of a data set of many files.", completion: .file())
    var file: String

    @Flag(help: "Prints the report as JSON.")
    var json = false

    @Flag(help: "Decodes all pictures, and checks their entry points.")
    var media = false

    func run() throws {
        var progress = Progress()
        defer { progress.end() }
        if try DatasetFolder.isFolder(file) { return try verifyFolder(&progress) }
        let report = try DatasetVerifier.verify(path: file) { done, total in
            progress.show(bytes: done, fraction: Double(done) / Double(max(total, 1)))
            return true
        }
        let found = try mediaReport(report.problems, &progress)
        let problems = report.problems + (found?.problems ?? [])
        let seconds = progress.seconds
        progress.end()
        let speed = Double(report.byteCount) / max(seconds, 1e-9)
        if json {
            try Console.report { (json) throws(ColonnadeError) in
                json.member("file", file.readableFileName)
                json.member("valid", problems.isEmpty)
                json.member("bytes", report.byteCount)
                json.member("blocks", report.blockCount)
                json.members(of: found)
                json.member("seconds", seconds)
                json.member("bytes_per_second", speed)
                json.problems(problems)
            }
        } else {
            let counts = "\(Wording.count(report.blockCount, "block")), \(Wording.bytes(report.byteCount))"
            let time = "in \(Wording.seconds(seconds)), \(Wording.speed(speed))"
            let verdict = problems.isEmpty ? "no problem" : Wording.count(problems.count, "problem")
            let cut = problems.count == DatasetVerifier.limit ? " (and maybe more: the rest was not read)" : ""
            try Console.report(
                lines: problems.map(\.description)
                    + ["\(file): \(verdict)\(cut); \(counts)\(words(of: found)) \(time)"])
        }
        if !problems.isEmpty { throw ExitStatus.badData }
    }
}

extension JSONWriter {
    mutating func problems(_ problems: [ColonnadeError]) {
        key("problems")
        array { json in
            for problem in problems {
                json.object { json in
                    json.member("code", problem.code.rawValue)
                    if let rule = problem.rule { json.member("rule", rule) }
                    switch problem.place {
                    case .file(_, let offset?): json.member("offset", offset)
                    case .row(let row, let column):
                        json.member("row", row)
                        if let column { json.member("column", column) }
                    default: break
                    }
                    json.member("message", problem.message)
                }
            }
        }
    }
}
