// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// The versions of a data set of many files that are not kept any more, and the files that no kept version names.
package struct FolderGarbage: Sendable {
    package struct File: Sendable {
        package let path: String
        package let byteCount: Int
    }

    /// The manifests to remove, the oldest first.
    package private(set) var versions: [File] = []
    /// The files to remove: of jobs, with rows, and the staging files of writers that were killed.
    package private(set) var files: [File] = []
    /// The errors of damaged tags. While there is one, all versions are kept.
    package private(set) var damagedTags: [ColonnadeError] = []
    /// Files of versions that are kept, which an interrupted removal left under another name.
    private var misnamed: [(hidden: String, path: String)] = []
    private let folder: DatasetFolder
    /// The versions that there were.
    private let known: Set<UInt64>

    /// Whether there is a version. Without one, only jobs keep files.
    package var hasVersions: Bool { !known.isEmpty }

    /// The number of bytes of all files.
    package var byteCount: Int { (versions + files).reduce(0) { $0.saturatingSum($1.byteCount) } }

    /// Lists what can be removed: versions that are neither among the newest `keeping`, nor tagged, nor younger than
    /// `seconds`; jobs all of whose tasks finished that long ago; and files as old that no other version or job names. Nothing
    /// is removed.
    ///
    /// Ages are those of the file system, whose clock also gave the files their times: a clock of this machine that jumps
    /// makes no file old. A folder without a version has only the files of jobs. Throws `invalidArgument`, `corruptFile` if a version that is kept cannot be read, `system`.
    package init(
        in path: String, keeping: Int = 10, olderThan seconds: Double = 7 * 86_400
    ) throws(ColonnadeError) {
        guard keeping >= 1, seconds >= 0 else {
            throw ColonnadeError(.invalidArgument, "at least one version is kept, and an age is not negative")
        }
        let folder = DatasetFolder(path)
        self.folder = folder
        // A job that was killed before the first commit has left files, and no version.
        _ = try folder.allVersions()
        let limit = Double(try FolderGarbage.now(in: folder)) - seconds * 1e9
        func isOld(_ status: Syscalls.Status) -> Bool { Double(status.changeTime) <= limit }
        // Files are listed before versions: a file that is committed meanwhile is then in a version that is read.
        let candidates =
            try folder.dataFiles().map { (folder: folder.data, name: $0) }
            + Syscalls.names(inFolder: folder.versions).map { (folder: folder.versions, name: $0) }
        let jobs = try JobFiles(in: folder, isOld)
        files = jobs.old.map { File(path: $0.path, byteCount: $0.byteCount) }
        let all = try folder.allVersions()
        known = Set(all)
        var kept = Set(all.suffix(keeping))
        let tagged = try folder.taggedManifests()
        damagedTags = tagged.damage
        // A damaged tag may be that of any version.
        kept.formUnion(tagged.damage.isEmpty ? tagged.manifests.values.map(\.commit.version) : all)
        for version in all where !kept.contains(version) {
            let path = folder.path(ofVersion: version)
            guard let status = try Syscalls.status(path: path) else { continue }
            if isOld(status) {
                versions.append(File(path: path, byteCount: status.byteCount))
            } else {
                kept.insert(version)
            }
        }
        var named = jobs.named
        for version in kept { named.formUnion(try folder.manifest(version).files.map(\.name)) }
        for (place, name) in candidates {
            if let number = FolderGarbage.file(ofHidden: name), named.contains(number) {
                misnamed.append(("\(place)/\(name)", folder.path(ofFile: number)))
                continue
            }
            // Only files that this program writes are removed: those with a name of the data set, and staging files.
            let number = place == folder.data ? DatasetFolder.file(ofName: name) : nil
            guard number.map({ !named.contains($0) }) ?? StagingFile.isName(name) else { continue }
            let path = "\(place)/\(name)"
            guard let status = try Syscalls.status(path: path), status.isRegular, isOld(status) else { continue }
            files.append(File(path: path, byteCount: status.byteCount))
        }
    }

    /// Returns the time of the file system, in nanoseconds.
    private static func now(in folder: DatasetFolder) throws(ColonnadeError) -> Int64 {
        let staging = try StagingFile(target: "\(folder.versions)/gc", replacing: false)
        return try staging.file.changeTime()
    }

    /// Removes the versions, and then the files: a process that is killed leaves no version without its files, unless a writer
    /// committed one meanwhile; the next call gives it its name back. Versions that
    /// were tagged meanwhile stay, and so do files that they or new versions name, and staging files in use. Returns what was
    /// removed. Throws `corruptFile` if a new version cannot be read, `system`.
    @discardableResult
    package func remove() throws(ColonnadeError) -> FolderGarbage {
        var removed = self
        (removed.versions, removed.files) = ([], [])
        let (tags, damage) = try folder.taggedManifests()
        let tagged = tags.values
        let kept = Set(
            damage.isEmpty ? tagged.map { folder.path(ofVersion: $0.commit.version) } : versions.map(\.path))
        for version in versions where !kept.contains(version.path) {
            try FolderGarbage.remove(version.path)
            removed.versions.append(version)
        }
        try WritableFile.synchronizeFolder(folder.versions)
        for file in misnamed { try Syscalls.rename(file.hidden, to: file.path) }
        // Files get another name before the versions are listed for the last time: a writer that commits one of them later finds
        // that it is gone, and takes its commit back.
        var hidden: [(file: File, name: String)] = []
        do throws(ColonnadeError) {
            for file in files {
                let isOfJob = file.path.hasPrefix("\(folder.jobs)/")
                guard isOfJob || StagingFile.isName(OutputPath.name(of: file.path)) else {
                    let name = FolderGarbage.hiddenName(of: file.path)
                    guard try FolderGarbage.rename(file.path, to: name) else { continue }
                    hidden.append((file, name))
                    continue
                }
                if !isOfJob, StagingFile.isInUse(file.path) { continue }
                try FolderGarbage.remove(file.path)
                removed.files.append(file)
                if isOfJob { try? Syscalls.removeFolder(OutputPath.folder(of: file.path)) }
            }
            var named = Set(tagged.flatMap { $0.files.map { folder.path(ofFile: $0.name) } })
            for version in try folder.allVersions() where !damage.isEmpty || !known.contains(version) {
                named.formUnion(try folder.manifest(version).files.map { folder.path(ofFile: $0.name) })
            }
            while let (file, name) = hidden.last {
                if named.contains(file.path) {
                    try Syscalls.rename(name, to: file.path)
                } else {
                    try FolderGarbage.remove(name)
                    removed.files.append(file)
                }
                hidden.removeLast()
            }
        } catch {
            // Nothing is known about these files. A file that cannot be renamed now is renamed by the next call.
            for (file, name) in hidden { try? Syscalls.rename(name, to: file.path) }
            throw error
        }
        try WritableFile.synchronizeFolder(folder.data)
        removed.files.sort { $0.path < $1.path }
        return removed
    }

    // MARK: Names

    private static let hiddenEnding = ".staging-removed"

    /// Returns the name that a file has while it is decided whether it can be removed. It is that of a staging file, so that a
    /// process that is killed leaves a file that the next removal knows.
    private static func hiddenName(of path: String) -> String {
        "\(OutputPath.folder(of: path))/.\(OutputPath.name(of: path))\(hiddenEnding)"
    }

    /// Returns the number of a file that has such a name; nil for other names.
    private static func file(ofHidden name: String) -> RandomNumber? {
        guard name.utf8.first == UInt8(ascii: "."), name.endsWithBytes(of: hiddenEnding) else { return nil }
        return DatasetFolder.file(
            ofName: String(decoding: name.utf8.dropFirst().dropLast(hiddenEnding.utf8.count), as: UTF8.self))
    }

    /// Renames a file. Returns false if it is not there.
    private static func rename(_ path: String, to name: String) throws(ColonnadeError) -> Bool {
        do throws(ColonnadeError) {
            try Syscalls.rename(path, to: name)
            return true
        } catch {
            guard error.code == .fileNotFound else { throw error }
            return false
        }
    }

    private static func remove(_ path: String) throws(ColonnadeError) {
        do throws(ColonnadeError) {
            try Syscalls.unlink(path)
        } catch {
            // Another process removed it.
            guard error.code == .fileNotFound else { throw error }
        }
    }
}
