// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// The files of all jobs of a data set: those of jobs that are no longer needed, and what the others keep.
struct JobFiles {
    /// The files with rows that jobs will perhaps commit.
    private(set) var named: Set<RandomNumber> = []
    /// The files of jobs that have finished no task for long, whether they have committed or not. Those of a job are in the order of the
    /// tasks: if they are removed one by one, a job never seems complete with fewer tasks.
    private(set) var old: [(path: String, byteCount: Int)] = []

    /// Lists the files. Throws `corruptFile` for a record that cannot be read, since it may name any file; `system`.
    ///
    /// - Parameter isOld: returns whether a file is old.
    init(in folder: DatasetFolder, _ isOld: (Syscalls.Status) -> Bool) throws(ColonnadeError) {
        guard try Syscalls.status(path: folder.jobs)?.isFolder == true else { return }
        for name in try Syscalls.names(inFolder: folder.jobs).sorted() {
            guard let job = try? DatasetJob(name, in: folder.path),
                try Syscalls.status(path: job.path)?.isFolder == true
            else { continue }
            try add(job, isOld)
        }
    }

    private mutating func add(
        _ job: DatasetJob, _ isOld: (Syscalls.Status) -> Bool
    ) throws(ColonnadeError) {
        var files: [(path: String, byteCount: Int)] = []
        var isInUse = false
        func note(_ path: String) throws(ColonnadeError) {
            guard let status = try Syscalls.status(path: path), status.isRegular else { return }
            if !isOld(status) { isInUse = true }
            files.append((path, status.byteCount))
        }
        let tasks = try job.finishedTasks()
        for task in tasks { try note(job.path(ofTask: task)) }
        for name in try Syscalls.names(inFolder: job.path).sorted() where TaskRecord.task(ofName: name) == nil {
            let path = "\(job.path)/\(name)"
            if path == job.schemaPath || StagingFile.isName(name) { try note(path) }
        }
        guard isInUse else {
            old += files
            return
        }
        for task in tasks {
            if let file = try job.record(ofTask: task)?.file { named.insert(file) }
        }
    }
}
