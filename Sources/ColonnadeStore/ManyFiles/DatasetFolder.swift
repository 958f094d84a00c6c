// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore
package import ColonnadeFormat
import ColonnadeSystem

/// The folder of a data set of many files: the places of its files, and its manifests (`formats/manifest-1.md`).
package struct DatasetFolder: Sendable {
    package let path: String

    private static let ending = ".colonnade"

    package init(_ path: String) {
        var path = path
        while path.utf8.count > 1, path.utf8.last == UInt8(ascii: "/") { path = String(path.unicodeScalars.dropLast()) }
        self.path = path
    }

    package var versions: String { "\(path)/versions" }
    package var data: String { "\(path)/data" }
    package var tags: String { "\(path)/tags" }
    package var jobs: String { "\(path)/jobs" }

    package func path(ofVersion version: UInt64) -> String {
        let digits = String(version)
        return "\(versions)/\(String(repeating: "0", count: 20 - digits.count))\(digits)\(DatasetFolder.ending)"
    }

    package func path(ofFile name: RandomNumber) -> String { "\(data)/\(name)\(DatasetFolder.ending)" }

    /// Returns whether a path leads to a folder. Throws `system`.
    package static func isFolder(_ path: String) throws(ColonnadeError) -> Bool {
        try Syscalls.status(path: path)?.isFolder == true
    }

    /// Returns whether a path leads to a data set of many files. Throws `system`.
    package static func isThere(_ path: String) throws(ColonnadeError) -> Bool {
        try Syscalls.status(path: DatasetFolder(path).versions)?.isFolder == true
    }

    /// Returns whether a data set of many files can be made at a path: a path that ends with a slash and does not exist, or
    /// an empty folder. Other paths are those of files. Throws `fileExists` for a folder with a data set or other files.
    package static func canBeMade(at path: String) throws(ColonnadeError) -> Bool {
        let folder = DatasetFolder(path)
        guard let status = try Syscalls.status(path: folder.path) else { return path.utf8.last == UInt8(ascii: "/") }
        guard status.isFolder else { return false }
        // The folder of a data set may be there before its first version is.
        if try isThere(path), try folder.newestIfAny() != nil {
            throw ColonnadeError(
                .fileExists,
                "it is a data set of many files already, which is never replaced: append to it, remove it, or name another folder",
                at: .file(path))
        }
        guard try Syscalls.names(inFolder: folder.path).allSatisfy({ ["data", "versions", "jobs"].contains($0) }) else {
            throw ColonnadeError(
                .fileExists, "it is a folder with other files: name a file, or a folder that is empty or not there",
                at: .file(path))
        }
        return true
    }

    /// Makes the folders of a data set, if they are not there, and those of `more`. Throws `system`, `fileNotFound`.
    package func make(_ more: [String] = []) throws(ColonnadeError) {
        for folder in [path, data, versions] + more {
            do throws(ColonnadeError) {
                try Syscalls.makeFolder(folder)
            } catch {
                if error.code == .fileNotFound {
                    throw ColonnadeError(
                        .fileNotFound,
                        "its folder does not exist: make it first (mkdir -p \(OutputPath.folder(of: folder)))",
                        at: .file(folder))
                }
                guard error.code == .fileExists, try Syscalls.status(path: folder)?.isFolder == true else {
                    throw error
                }
            }
            // Also for a folder that is there: the process that made it may not have come to this.
            try WritableFile.synchronizeFolder(OutputPath.folder(of: folder))
        }
    }

    /// Removes the folders that `make()` makes if they are empty, as far as that is possible.
    func removeIfEmpty(itself: Bool) {
        for folder in [jobs, data, versions] + (itself ? [path] : []) { try? Syscalls.removeFolder(folder) }
    }

    /// Returns the numbers of all versions, in order. O(versions).
    package func allVersions() throws(ColonnadeError) -> [UInt64] {
        do throws(ColonnadeError) {
            return try Syscalls.names(inFolder: versions).compactMap(DatasetFolder.version).sorted()
        } catch {
            guard error.code == .fileNotFound else { throw error }
            throw ColonnadeError(
                .fileNotFound, "it is no data set of many files: it has no folder \"versions\"", at: .file(path))
        }
    }

    /// Returns the version of the manifest with a name; nil for names of other files.
    private static func version(ofName name: String) -> UInt64? {
        guard name.endsWithBytes(of: ending) else { return nil }
        let digits = name.utf8.dropLast(ending.utf8.count)
        guard digits.count == 20, digits.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
            let version = UInt64(String(decoding: digits, as: UTF8.self)), version > 0
        else { return nil }
        return version
    }

    /// Returns the name of the file with rows that has a name in `data`; nil for other files.
    package static func file(ofName name: String) -> RandomNumber? {
        guard name.endsWithBytes(of: ending) else { return nil }
        return RandomNumber(String(decoding: name.utf8.dropLast(ending.utf8.count), as: UTF8.self))
    }

    /// Reads the newest manifest. Throws `fileNotFound` if there is none, and the errors of reading it.
    package func newest() throws(ColonnadeError) -> Manifest {
        guard let manifest = try newestIfAny() else {
            throw ColonnadeError(
                .fileNotFound, "it has no version yet: write rows to it first", at: .file(path))
        }
        return manifest
    }

    /// Reads the newest manifest, unless it is known; nil if there is none.
    ///
    /// - Parameter isNoted: whether it is known from now on.
    package func newestIfAny(isNoted: Bool = false) throws(ColonnadeError) -> Manifest? {
        // A version may be removed between listing and reading, after newer ones were made.
        for _ in 0..<10 {
            guard let version = try allVersions().last else { return nil }
            let path = path(ofVersion: version)
            if let known = KnownManifest.manifest(at: path), known.commit.version == version { return known }
            do throws(ColonnadeError) {
                // If the file is replaced meanwhile, it ends otherwise, and is not taken for the known one.
                let trailer = isNoted ? KnownManifest.state(of: path)?.trailer : nil
                let manifest = try manifest(version)
                if let trailer { KnownManifest.note(manifest, at: path, trailer: trailer[...]) }
                return manifest
            } catch {
                guard error.code == .fileNotFound else { throw error }
            }
        }
        throw ColonnadeError(.system, "its versions are removed faster than they can be read", at: .file(path))
    }

    /// Reads the manifest of a version. Throws `fileNotFound`, `corruptFile`, `unsupported`, `system`. O(fragments).
    package func manifest(_ version: UInt64) throws(ColonnadeError) -> Manifest {
        let path = path(ofVersion: version)
        do throws(ColonnadeError) {
            let file = try MappedFile(path: path)
            file.watchTail(before: file.byteCount)
            let manifest = try file.reading { () throws(ColonnadeError) in
                try Manifest(byteCount: file.byteCount, bytes: file.array)
            }
            guard manifest.commit.version == version else {
                throw .broken(112, "it is the manifest of version \(manifest.commit.version), and has another name")
            }
            return manifest
        } catch {
            guard error.code == .fileNotFound else {
                guard error.code == .corruptFile else { throw error.located(in: path) }
                throw ColonnadeError(
                    .corruptFile,
                    "\(error.message): restore this manifest from a copy, or open another version; if it is the newest one, it can be "
                        + "moved away, and the version before it is the newest again", at: error.place, rule: error.rule
                ).located(in: path)
            }
            throw ColonnadeError(
                .fileNotFound, "there is no version \(version): `colonnade log` lists the versions",
                at: .file(self.path))
        }
    }
}
