// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat

extension DatasetJob {
    /// Throws `invalidArgument` if the job committed with another number of tasks than the given one, without the rows of one of the
    /// tasks, or with those of others than the given ones. Tasks whose records were removed are not checked.
    func check(_ committed: Tasks, in manifest: Manifest) throws(ColonnadeError) {
        let all = try finishedTasks()
        var tasks = all
        var taskCount: Int?
        switch committed {
        case .all(let count): taskCount = count
        case .these(let list):
            let finished = Set(all)
            tasks = list.filter(finished.contains)
        }
        guard let version = version(in: manifest), let last = all.last else { return }
        let files: [FragmentFile]
        do throws(ColonnadeError) {
            let isOwn = manifest.commit.version == UInt64(version)
            files = isOwn ? manifest.files : try folder.manifest(UInt64(version)).files
        } catch {
            guard error.code == .fileNotFound else { throw error }
            return
        }
        var isAll = false
        if case .all = committed { isAll = true }
        let names = isAll ? [] : Set(files.map(\.name))
        for task in tasks.reversed() {
            guard let file = try record(ofTask: task)?.file else { continue }
            if isAll ? files.contains(where: { $0.name == file }) : names.contains(file) {
                // Tasks that are late have greater numbers than those of the version, if these are all tasks.
                if isAll { break }
                continue
            }
            throw ColonnadeError(
                .invalidArgument,
                "job \"\(name)\" committed as version \(version) before task \(task) finished, whose rows are not part of it: write them "
                    + "again in another job, and remove this record", at: .file(path(ofTask: task)))
        }
        let listed = Set(tasks)
        for task in isAll ? [] : all where !listed.contains(task) {
            guard let file = try record(ofTask: task)?.file, names.contains(file) else { continue }
            throw ColonnadeError(
                .invalidArgument,
                "job \"\(name)\" committed as version \(version) with the rows of task \(task) too: give a job with other rows another name",
                at: .file(path(ofTask: task)))
        }
        guard taskCount.map({ $0 == last + 1 }) ?? true else {
            throw ColonnadeError(
                .invalidArgument,
                "job \"\(name)\" committed as version \(version) with \(last + 1) tasks, and not with \(taskCount ?? 0): give the others "
                    + "another job", at: .file(folder.path))
        }
    }

    /// Throws `invalidArgument` if the codecs, groups or metadata with which the tasks began are not those of the data set, which
    /// another writer made since.
    func checkIsSettled(in newest: Manifest) throws(ColonnadeError) {
        let own: FileFooter
        do throws(ColonnadeError) {
            own = try StoredDataset(path: schemaPath, verification: .off).layout.footer
        } catch {
            // Records that were copied from another job: the commit finds their rows in the data set.
            guard error.code == .fileNotFound else { throw error }
            return
        }
        let other = newest.footer
        // The commit compares the columns, and its message names the first that differs.
        guard own.valueFields == other.valueFields else { return }
        try Field.checkChannels(of: own.valueFields, in: other.valueFields, folder.path)
        guard
            own.groups == other.groups && own.metadata == other.metadata
                && own.columns.map(\.codec) == other.columns.map(\.codec)
        else {
            throw ColonnadeError(
                .invalidArgument,
                "a data set with other codecs, groups or metadata was made here after job \"\(name)\" began: run its tasks again in another "
                    + "job, or in another folder", at: .file(folder.path))
        }
    }
}
