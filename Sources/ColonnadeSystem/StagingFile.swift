// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// A staging file: a file beside its target with a name of its own, which is either published as the target or removed.
///
/// A staging file is locked while it is in use. By the lock, a later run distinguishes it from a file that a killed
/// process left.
package struct StagingFile: ~Copyable {
    /// The path of the file that is created or replaced, after all links are followed.
    private let target: String
    private let path: String
    /// The open file to write to.
    package let file: WritableFile
    /// Whether owner and group are those of the file that is replaced.
    package let keepsRights: Bool
    /// Whether the staging file has been renamed. Its old name is then free, and another writer may have taken it.
    private var isRenamed = false

    /// Creates a staging file after it removes abandoned ones of the same target. O(files of the folder), or O(1) for a new name.
    ///
    /// Throws `fileNotFound` if the folder of the target does not exist, `fileExists` if the target exists and may not
    /// be replaced, or `system`.
    ///
    /// - Parameter isNewName: whether the name of the target is a new random number, of which there is no abandoned file.
    package init(target: String, replacing: Bool, isNewName: Bool = false) throws(ColonnadeError) {
        let (place, old) = try StagingFile.check(target: target, replacing: replacing)
        if !isNewName { try StagingFile.removeAbandoned(besides: place) }
        (path, file, keepsRights) = try StagingFile.create(for: place, replacing: old)
        self.target = place
    }

    /// Checks that the folder of the target exists, and that the target does not exist or is a regular file that may be
    /// replaced. Throws the errors of `init`. Returns the target after all links are followed, and the status of the
    /// existing file or nil.
    ///
    /// - Parameter sources: the files from which the target is made. Replacing one of them would lose it, so that is an
    ///   error. Files that do not exist are ignored here; reading them fails later.
    @discardableResult
    package static func check(
        target: String, replacing: Bool, sources: [String] = []
    ) throws(ColonnadeError) -> (place: String, old: Syscalls.Status?) {
        guard !target.isEmpty else {
            throw ColonnadeError(.invalidArgument, "the name of the file to write is empty: name a file")
        }
        guard case .file(let place) = try OutputPath(following: target) else {
            throw ColonnadeError(
                .fileExists,
                "it is a device, a pipe or standard output, and this file is written at several places: name a regular file",
                at: .file(target))
        }
        guard let status = try Syscalls.status(path: place) else {
            let folder = OutputPath.folder(of: place)
            guard let status = try Syscalls.status(path: folder) else {
                throw ColonnadeError(
                    .fileNotFound, "its folder does not exist: make it first (mkdir -p \(folder))", at: .file(target))
            }
            guard status.isFolder else {
                throw ColonnadeError(
                    .fileNotFound, "\(folder) is no folder: name a file without a slash, or another folder",
                    at: .file(target))
            }
            return (place, nil)
        }
        if status.isFolder {
            throw ColonnadeError(.fileExists, "it is a folder: name a file", at: .file(target))
        }
        for source in sources where (try? Syscalls.status(path: source))?.identity == status.identity {
            throw ColonnadeError(
                .fileExists, "it is also read, as \(source), and would be lost: name another file to write",
                at: .file(target))
        }
        if !replacing {
            throw ColonnadeError(
                .fileExists, "it is there already: choose another name, or replace it (--force)", at: .file(target))
        }
        return (place, status)
    }

    deinit {
        // `deinit` cannot report a failure. A forked child must not remove the file of its parent.
        if !isRenamed, file.isOwned { try? Syscalls.unlink(path) }
    }

    /// Publishes the file as the target and makes it durable, or throws and leaves the target unchanged.
    package consuming func publish(replacing: Bool) throws(ColonnadeError) {
        if replacing, let old = try Syscalls.statusWithoutFollowing(path: target) {
            // The superuser could replace a device by a file, and then no program on the machine would find the device.
            guard old.isRegular else {
                throw ColonnadeError(
                    .fileExists, "it is no regular file any more: something else was put in its place",
                    at: .file(target))
            }
            try file.copyRights(of: old)
        }
        try file.synchronize()
        if replacing {
            try Syscalls.rename(path, to: target)
            isRenamed = true
        } else {
            isRenamed = try publishUnderNewName()
        }
        try synchronizeFolder()
    }

    /// Gives the file the name of the target, which is new, and begins to write it to the disk. The caller has to synchronize the
    /// file and the folder before anything refers to them.
    package consuming func publishNewName() throws(ColonnadeError) {
        file.beginWriteback()
        try Syscalls.rename(path, to: target)
        isRenamed = true
    }

    /// Publishes the file as the target unless the target exists, in one step, and makes it durable. Returns whether it did:
    /// of several processes that publish the same target, one gets true.
    ///
    /// Throws `unsupported` if the file system cannot do so, or `system`.
    package consuming func publishIfAbsent() throws(ColonnadeError) -> Bool {
        try file.synchronize()
        switch try takeName() {
        case .taken: return false
        case .linked: break
        case .renamed: isRenamed = true
        case .impossible:
            throw ColonnadeError(
                .unsupported,
                "this file system cannot commit safely: it has neither links nor a rename that replaces nothing. Keep the data "
                    + "set on another one", at: .file(target))
        }
        try synchronizeFolder()
        return true
    }

    /// Gives the file the name of the target, unless another file has it. The answer of a network file system may be lost
    /// after it gave the name: after an error, and for a name that is taken, the file with the name is compared with this one.
    private func takeName() throws(ColonnadeError) -> Syscalls.NewName {
        var failure: ColonnadeError?
        do throws(ColonnadeError) {
            let outcome = try Syscalls.giveNewName(target, to: path)
            guard case .taken = outcome else { return outcome }
        } catch {
            failure = error
        }
        do throws(ColonnadeError) {
            let identity = try file.identity()
            guard try Syscalls.status(path: target)?.identity == identity else {
                if let failure { throw failure }
                return .taken
            }
            return try Syscalls.status(path: path)?.identity == identity ? .linked : .renamed
        } catch {
            if error == failure { throw error }
            throw ColonnadeError(
                error.code,
                "\((failure ?? error).message). The rows may be committed or not: `colonnade log` lists the versions",
                at: .file(target))
        }
    }

    private func synchronizeFolder() throws(ColonnadeError) {
        do throws(ColonnadeError) {
            try WritableFile.synchronizeFolder(OutputPath.folder(of: target))
        } catch {
            throw ColonnadeError(
                error.code,
                "the new file is complete and in its place, but may not survive a loss of power: \(error.message)",
                at: .file(target))
        }
    }

    /// Gives the file the name of the target, which must not exist. `link` refuses an existing target, which `rename`
    /// would replace, and keeps the old name. Returns whether the file was renamed.
    private func publishUnderNewName() throws(ColonnadeError) -> Bool {
        do throws(ColonnadeError) {
            try Syscalls.link(path, to: target)
            return false
        } catch {
            // Some file systems have no links. There the target is checked first and the file is then renamed.
            guard error.code == .system, try Syscalls.status(path: target) == nil else { throw error }
            try Syscalls.rename(path, to: target)
            return true
        }
    }

    // MARK: Names

    /// The longest target name, in bytes, that a staging file's name contains completely. Systems allow 255 bytes in a
    /// file name.
    private static let nameLimit = 128

    private static func prefix(of target: String) -> String {
        let name = OutputPath.name(of: target)
        guard name.utf8.count > nameLimit else { return ".\(name)\(infix)" }
        // A hash distinguishes long names with the same beginning.
        var start = Substring(name)
        while start.utf8.count > nameLimit / 2 { start.removeLast() }
        return ".\(start)~\(String(name.utf8.hash64, radix: 16))\(infix)"
    }

    private static let infix = ".staging-"

    /// Returns whether a name has the form of the names of staging files.
    package static func isName(_ name: String) -> Bool {
        let (bytes, infix) = (Array(name.utf8), Array(infix.utf8))
        return bytes.first == UInt8(ascii: ".")
            && bytes.indices.contains { bytes[$0...].starts(with: infix) }
    }

    /// Creates the staging file with the rights of the file that it replaces, so that no other user can read more than
    /// before. A new file has the permissions that the process's mask allows.
    private static func create(
        for target: String, replacing old: Syscalls.Status?
    ) throws(ColonnadeError) -> (String, WritableFile, Bool) {
        for attempt in 0..<100 {
            let name = prefix(of: target) + "\(Syscalls.processIdentifier)-\(attempt)"
            let path = "\(OutputPath.folder(of: target))/\(name)"
            do throws(ColonnadeError) {
                let file = try WritableFile(creating: path, permissions: old == nil ? 0o666 : 0o600, for: target)
                do throws(ColonnadeError) {
                    let keepsRights = if let old { try file.copyRights(of: old) } else { true }
                    // Between creating and locking, another run may treat the file as abandoned and remove it.
                    if try file.lock(), try file.linkCount() > 0 { return (path, file, keepsRights) }
                } catch {
                    try? Syscalls.unlink(path)
                    throw error
                }
            } catch {
                if error.code == .fileExists { continue }
                throw ColonnadeError(error.code, error.message, at: .file(target))
            }
        }
        throw ColonnadeError(.system, "no staging file could be made beside it: remove old ones", at: .file(target))
    }

    /// Returns whether a writer holds the lock of a staging file, or may hold it.
    package static func isInUse(_ path: String) -> Bool {
        guard let file = try? WritableFile(opening: path) else { return true }
        return (try? file.lock()) != true
    }

    private static func removeAbandoned(besides target: String) throws(ColonnadeError) {
        let prefix = prefix(of: target)
        for name in try Syscalls.names(inFolder: OutputPath.folder(of: target)) where name.hasPrefix(prefix) {
            let path = "\(OutputPath.folder(of: target))/\(name)"
            // Another run may remove the file at the same time.
            guard let file = try? WritableFile(opening: path), (try? file.lock()) == true else { continue }
            try? Syscalls.unlink(path)
        }
    }
}
