// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// A commit to a data set of many files: of new fragments, or of other columns. Its random number tells it from the commits of
/// others, also if the answer of the system about it was lost.
struct FolderCommit {
    let folder: DatasetFolder
    /// The columns of a data set that is made; nil for changes of one.
    let creating: FileFooter?
    let fragments: [WrittenFragment]
    let columns: ColumnChange?
    let job: RandomNumber
    private let number = RandomNumber.make()

    /// The number of times that other writers may commit first.
    private static let mostTries = 10_000

    init(
        _ folder: DatasetFolder, creating: FileFooter?, _ fragments: [WrittenFragment], job: RandomNumber = .zero
    ) {
        self.folder = folder
        self.creating = creating
        self.fragments = fragments
        columns = nil
        self.job = job
    }

    /// A commit of other columns. It is a job, so that its number is in all later versions.
    init(_ folder: DatasetFolder, _ columns: ColumnChange) {
        self.folder = folder
        creating = nil
        fragments = columns.files
        self.columns = columns
        job = RandomNumber.make()
    }

    /// Publishes the next version, and returns its manifest. If others commit first, the fragments are added to theirs.
    ///
    /// Throws `fileExists` if a data set that is made exists, `invalidArgument` if the columns of the data set are others
    /// now, `unsupported` if the file system cannot commit safely, `corruptFile`, `system`. Then the newest version is as it
    /// was, unless the message says that it may not survive a loss of power.
    ///
    /// - Parameter known: a manifest that the caller has read, which is not read again if it is still the newest one.
    func publish(after known: Manifest? = nil) throws(ColonnadeError) -> Manifest {
        // Another writer that failed may have removed folders that were empty.
        if creating != nil { try folder.make() }
        for attempt in 0..<FolderCommit.mostTries {
            // Writers that commit all the time would otherwise meet at each version.
            if attempt > 1 { Syscalls.sleep(milliseconds: Int.random(in: 0..<1 << min(attempt, 6))) }
            let base = try newest(attempt == 0 ? known : nil)
            if let base, let done = try finished(in: base) {
                try synchronize(done)
                return done
            }
            let manifest = try next(after: base)
            let path = folder.path(ofVersion: manifest.commit.version)
            do throws(ColonnadeError) {
                let bytes = manifest.encoded()
                if columns != nil { try check(bytes) }
                let staging = try StagingFile(target: path, replacing: false)
                try staging.file.write(bytes, at: 0)
                if try staging.publishIfAbsent() {
                    if try isLasting(manifest) {
                        if job != .zero {
                            KnownManifest.note(manifest, at: path, trailer: bytes.suffix(ForeverConstants.trailerSize))
                        }
                        return manifest
                    }
                    continue
                }
            } catch {
                // Another writer committed between reading and writing.
                guard error.code == .fileExists else { throw error }
            }
            // The answer of a network file system to `link` may be lost, and its repetition finds the own manifest.
            if let there = try manifestIfAny(manifest.commit.version), there.commit.number == number {
                try synchronize(there)
                if try isLasting(there) { return there }
            }
        }
        throw ColonnadeError(.system, "other writers commit all the time: try again later", at: .file(folder.path))
    }

    /// Throws `invalidArgument` for a manifest that could not be read: names, labels and metadata may be beyond the limits.
    private func check(_ bytes: [UInt8]) throws(ColonnadeError) {
        do throws(ColonnadeError) {
            _ = try Manifest(byteCount: bytes.count) { Array(bytes[$0]) }
        } catch {
            throw ColonnadeError(
                .invalidArgument, "the data set could not be read after this change: \(error.message)",
                at: .file(folder.path))
        }
    }

    /// Returns whether a published manifest is part of the data set, and removes it otherwise: while this writer was
    /// stopped, others may have committed further versions, and the number of a version that was removed is free again.
    ///
    /// Throws `fileNotFound` if a file was removed before the manifest was published; then the manifest is removed.
    private func isLasting(_ manifest: Manifest) throws(ColonnadeError) -> Bool {
        let newest: Manifest?
        var missing: String?
        do throws(ColonnadeError) {
            let isNewest = try folder.allVersions().last == manifest.commit.version
            newest = isNewest ? nil : try folder.newestIfAny()
            for fragment in fragments where missing == nil {
                let path = folder.path(ofFile: fragment.file.name)
                if try Syscalls.status(path: path) == nil { missing = path }
            }
        } catch {
            throw ColonnadeError(
                error.code,
                "\(error.message). The rows may be committed as version \(manifest.commit.version) or not: `colonnade log` lists "
                    + "the versions", at: error.place)
        }
        if let missing {
            try? Syscalls.unlink(folder.path(ofVersion: manifest.commit.version))
            throw ColonnadeError(
                .fileNotFound, "this file was removed while it was committed: write its rows again", at: .file(missing))
        }
        guard let newest, newest.commit.version > manifest.commit.version else { return true }
        let names = Set(newest.files.map(\.name))
        // The files of columns may have been dropped since, and then the job tells.
        let isPart =
            job == .zero
            ? fragments.allSatisfy { names.contains($0.file.name) } : newest.jobs.contains { $0.number == job }
        if newest.commit.dataset == manifest.commit.dataset, isPart { return true }
        try Syscalls.unlink(folder.path(ofVersion: manifest.commit.version))
        return false
    }

    /// Returns the newest manifest, which is `known` if it was not followed by another one.
    private func newest(_ known: Manifest?) throws(ColonnadeError) -> Manifest? {
        if let known, try folder.allVersions().last == known.commit.version { return known }
        return try folder.newestIfAny()
    }

    private func manifestIfAny(_ version: UInt64) throws(ColonnadeError) -> Manifest? {
        do throws(ColonnadeError) {
            return try folder.manifest(version)
        } catch {
            guard error.code == .fileNotFound else { throw error }
            return nil
        }
    }

    /// Makes the name of a manifest durable that an earlier try gave.
    private func synchronize(_ manifest: Manifest) throws(ColonnadeError) {
        do throws(ColonnadeError) {
            try WritableFile.synchronizeFolder(folder.versions)
        } catch {
            throw ColonnadeError(
                error.code,
                "the rows are committed as version \(manifest.commit.version), but may not survive a loss of power: "
                    + error.message, at: .file(folder.path))
        }
    }

    /// Returns the manifest if this job or commit is part of it already. Throws `invalidArgument` if only some of its rows are.
    private func finished(in base: Manifest) throws(ColonnadeError) -> Manifest? {
        if base.commit.number == number { return base }
        guard job != .zero else { return nil }
        if base.jobs.contains(where: { $0.number == job }) { return base }
        // A manifest forgets old jobs, but not their files.
        let names = Set(fragments.map(\.file.name))
        let known = base.files.count { names.contains($0.name) }
        guard known == 0 || known == names.count else {
            throw ColonnadeError(
                .invalidArgument,
                "\(known) of the \(names.count) files of the job are part of version \(base.commit.version) already: write all rows "
                    + "again in another job", at: .file(folder.path))
        }
        return known == 0 ? nil : base
    }

    private func next(after base: Manifest?) throws(ColonnadeError) -> Manifest {
        let operation = columns?.operation ?? (creating == nil ? ManifestCommit.append : ManifestCommit.create)
        guard let base else {
            guard let creating else {
                throw ColonnadeError(
                    .fileNotFound, "it has no version yet: write rows to it first", at: .file(folder.path))
            }
            return try adding(
                to: Manifest(creating: creating, commit(1, of: RandomNumber.make(), operation)), operation)
        }
        guard creating == nil else {
            throw ColonnadeError(
                .fileExists, "another writer has made a data set here meanwhile: append to that", at: .file(folder.path)
            )
        }
        guard base.commit.version < UInt64(Int.max) else {
            throw ColonnadeError(.invalidArgument, "it has too many versions", at: .file(folder.path))
        }
        return try adding(to: base, operation, version: base.commit.version + 1)
    }

    private func commit(_ version: UInt64, of dataset: RandomNumber, _ operation: UInt8) -> ManifestCommit {
        ManifestCommit(
            version: version, time: Syscalls.wallClock, dataset: dataset, number: number, job: job, operation: operation
        )
    }

    private func adding(
        to base: Manifest, _ operation: UInt8, version: UInt64 = 1
    ) throws(ColonnadeError) -> Manifest {
        try base.checkExtensions(folder.path)
        var manifest = base
        manifest.begin(commit(version, of: base.commit.dataset, operation))
        for fragment in fragments {
            guard try Syscalls.status(path: folder.path(ofFile: fragment.file.name)) != nil else {
                throw ColonnadeError(
                    .fileNotFound, "this file was to become part of the data set, and is gone: write its rows again",
                    at: .file(folder.path(ofFile: fragment.file.name)))
            }
            if columns == nil { try fragment.add(to: &manifest, in: folder) }
        }
        try columns?.apply(to: &manifest, in: folder)
        return manifest
    }
}
