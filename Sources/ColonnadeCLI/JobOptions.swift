// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore
import ColonnadeStore

/// The options of an ingest by many processes.
struct JobOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Writes a data set of many files by several processes of this machine.", valueName: "number")
    )
    var processes: Int?

    @Option(
        help: ArgumentHelp(
            "Writes the rows of one task, for a commit. A name that no other job of the data set has.",
            valueName: "name"))
    var job: String?

    @Option(
        help: ArgumentHelp("The number of the task, from 0, and that of all tasks, as in 3/8.", valueName: "task/tasks")
    )
    var task: TaskNumber?

    @Flag(
        help:
            "For a task whose rows are added to a data set: class names may be fewer or in another order, as for append."
    )
    var labelsByName = false

    @Flag(help: "The task that finishes last commits the job.")
    var commit = false

    /// The process whose end also ends this one.
    @Option(help: .hidden)
    var worker: Int?

    func validate() throws {
        guard (job == nil) == (task == nil) else {
            throw ValidationError("--job and --task belong together: give both, as in --job night --task 3/8.")
        }
        guard processes == nil || job == nil else {
            throw ValidationError("--processes is a job of its own: leave out --job and --task.")
        }
        guard !commit || job != nil else { throw ValidationError("--commit is for a task: give --job and --task.") }
        guard !labelsByName || job != nil else {
            throw ValidationError("--labels-by-name is for rows that are added to a data set: give --job and --task.")
        }
        guard processes.map({ 1...1024 ~= $0 }) ?? true else { throw ValidationError("--processes is 1 to 1024.") }
    }
}
