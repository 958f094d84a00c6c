// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore
import ColonnadeFormat
import ColonnadeIngest
import ColonnadeStore

struct LogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Lists the versions of a data set of many files, the newest first.",
        discussion: """
            Each commit made a version, which stays as it is until gc removes it.

              colonnade log train.colonnade
              colonnade log train.colonnade --json
            """)

    @Argument(help: "The folder of a data set of many files.", completion: .directory)
    var folder: String

    @Flag(help: "Prints the report as JSON.")
    var json = false

    func run() throws {
        let log = try DatasetFolder(folder).log { Console.warn("\($0)") }
        if json {
            return try Console.report { (json) throws(ColonnadeError) in
                json.member("file", folder.readableFileName)
                json.key("versions")
                json.array { json in
                    for (record, tags) in log {
                        json.object { json in
                            json.members(of: record)
                            json.key("tags")
                            json.array { json in for tag in tags { json.value(tag) } }
                        }
                    }
                }
            }
        }
        var table = TextTable(
            [.right, .left, .left, .right, .right, .right, .left],
            header: ["version", "time (UTC)", "commit", "rows", "files", "bytes", "tags"])
        for (record, tags) in log {
            table.append([
                String(record.version), Wording.time(milliseconds: record.time),
                "\(record.operation) \(record.commit.description.prefix(8))", Wording.count(record.rowCount),
                Wording.count(record.fileCount), Wording.bytes(record.byteCount), tags.joined(separator: ", "),
            ])
        }
        try Console.report(lines: log.isEmpty ? ["\(folder): no version yet"] : table.lines)
    }
}
