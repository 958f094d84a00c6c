// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore
import ColonnadeIngest
import ColonnadeStore
import ColonnadeSystem

/// An ingest by many processes: one task of it, or all of them.
struct JobWork {
    let sources: [String]
    /// The folder of the data set.
    let output: String
    let options: IngestOptions
    let json: Bool

    /// The arguments without those in which the tasks of a job may differ.
    private func arguments(without names: Set<String>) throws(ColonnadeError) -> [String] {
        guard let all = Syscalls.arguments else {
            throw ColonnadeError(.system, "the system does not tell the command its arguments: mount /proc")
        }
        var kept: [String] = []
        var isValue = false
        for (index, argument) in all.enumerated() {
            // After "--" there are only sources.
            if argument == "--" { return kept + all[index...] }
            let name = String(argument.prefix { $0 != "=" })
            if isValue {
                isValue = false
            } else if names.contains(name) {
                isValue = argument == name && name != "--json" && name != "--commit"
            } else {
                kept.append(argument)
            }
        }
        return kept
    }

    private func task(_ number: TaskNumber, _ job: String) throws -> IngestTask {
        let given = try arguments(without: ["--task", "--commit", "--json", "--worker", "--job", "-o", "--output"])
        return try IngestTask(
            paths: sources, job: DatasetJob(job, in: output), task: number.task, of: number.count, options: options,
            extra: given.joined(separator: "\0"))
    }

    // MARK: One task

    /// Does a task, unless it is done, and reports.
    func run(_ asked: JobOptions, _ number: TaskNumber, _ job: String) throws {
        if let worker = asked.worker, !Syscalls.endWithParent(worker) { throw ExitCode.failure }
        let task = try task(number, job)
        Interrupts.catchSignals()
        var progress = Progress()
        defer { progress.end() }
        let before = try task.finishedRowCount()
        let rows: Int
        if let before {
            rows = before
        } else {
            rows = try task.run { rows, bytes in
                if asked.worker == nil { progress.show(rows: rows, bytes: bytes, fraction: nil) }
                return !Interrupts.requested && asked.worker ?? Syscalls.parentProcess == Syscalls.parentProcess
            }
        }
        progress.end()
        if let skipped = options.skipped, let summary = skipped.summary {
            Console.warn("left out \(Wording.count(skipped.count, "bad file")):\n\(summary)")
        }
        guard asked.worker == nil else { return }
        let finished = asked.commit ? Set(try task.job.finishedTasks()) : []
        // Records of other numbers of tasks may be there too, and the commit names them.
        let isLast = asked.commit && (0..<number.count).allSatisfy(finished.contains)
        if isLast { try task.job.commit(taskCount: number.count) }
        try report(task, rows, wasFinished: before != nil, version: isLast ? task.job.committedVersion() : nil)
    }

    private func report(
        _ task: IngestTask, _ rows: Int, wasFinished: Bool, version: Int?
    ) throws(ColonnadeError) {
        if json {
            return try Console.report { (json) throws(ColonnadeError) in
                json.member("file", output.readableFileName)
                json.member("job", task.job.name)
                json.member("task", task.task)
                json.member("tasks", task.count)
                json.member("rows", rows)
                json.member("finished_before", wasFinished)
                if let version { json.member("version", version) }
            }
        }
        let done = wasFinished ? "was finished before" : "is finished"
        let commit = version.map { "; the job is version \($0)" } ?? ""
        try Console.report(
            lines: ["\(output): task \(task.task) of \(task.count) \(done), \(Wording.count(rows, "row"))\(commit)"])
    }

    // MARK: All tasks

    /// Starts a process for each task, commits when all are done, and reports.
    func run(processes: Int) throws {
        let folder = "\(DatasetFolder(output).path)/"
        let isNew = try Syscalls.status(path: folder) == nil
        guard try DatasetFolder.canBeMade(at: folder) else {
            throw ColonnadeError(
                .fileExists, "a file is there, and several processes write a data set of many files: name a folder",
                at: .file(output))
        }
        let name = "processes-\(UInt64.random(in: 0 ... .max))"
        let first = try task(TaskNumber(0, of: processes), name)
        guard first.fileCount > 1 || processes == 1 else {
            throw ColonnadeError(
                .invalidArgument,
                "there is one file, which several processes cannot share: name several files or a folder, or leave out --processes"
            )
        }
        let count = min(processes, first.fileCount)
        let given = try arguments(without: ["--processes", "--json"])
        do {
            var work = IngestWork(try first.settle(), skipped: nil)
            try WorkerProcesses.run(
                (0..<count).map { number in
                    [
                        "ingest", "--job", name, "--task", "\(number)/\(count)", "--worker",
                        "\(Syscalls.processIdentifier)",
                    ]
                        + given.dropFirst()
                })
            let summary = try first.job.commit(.all(count), isCreating: true)
            first.job.discard(andEmpty: false)
            _ = work.showProgress(summary.rowCount, summary.byteCount)
            work.end(summary)
            try work.report("wrote \(output)", output, asJSON: json)
        } catch {
            first.job.discard(andEmpty: isNew)
            throw error
        }
    }
}
