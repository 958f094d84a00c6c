// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore
import ColonnadeIngest
import ColonnadeStore

struct CommitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "commit",
        abstract: "Makes the rows of all tasks of a job part of a data set of many files.",
        discussion: """
            Nothing of a job is visible before. The rows are in the order of the tasks. A job commits once: another call does \
            nothing.

              colonnade ingest *.jsonl --output train.colonnade/ --job night --task 0/2
              colonnade ingest *.jsonl --output train.colonnade/ --job night --task 1/2
              colonnade commit train.colonnade --job night
            """)

    @Argument(help: "The folder of the data set.", completion: .directory)
    var folder: String

    @Option(help: "The name of the job.")
    var job: String

    @Option(help: ArgumentHelp("The number of tasks; by default the one with which they ran.", valueName: "number"))
    var tasks: Int?

    @Flag(help: "Prints the report as JSON.")
    var json = false

    func run() throws {
        guard tasks ?? 1 > 0 else {
            throw ColonnadeError(.invalidArgument, "a job has at least one task, not \(tasks ?? 0)")
        }
        let job = try DatasetJob(job, in: folder)
        let summary = try job.commit(taskCount: tasks)
        let version = try job.committedVersion()
        if json {
            return try Console.report { (json) throws(ColonnadeError) in
                json.member("file", folder.readableFileName)
                json.member("job", job.name)
                json.member("version", version ?? 0)
                json.member("total_rows", summary.rowCount)
            }
        }
        let made = version.map { "job \(job.name) is version \($0)" } ?? "job \(job.name) has no rows"
        try Console.report(lines: ["\(folder): \(made); now \(Wording.count(summary.rowCount, "row"))"])
    }
}
