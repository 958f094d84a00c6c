// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// A file in the making: it lies beside its target under a name of its own, and either is published as a whole or vanishes.
///
/// A staging file holds a lock while it lives. By the lock, the next run tells a file in use from one that a killed process left.
package struct StagingFile: ~Copyable {
    /// The file that is made or replaced, all links followed.
    private let target: String
    private let path: String
    /// The open file, to write to.
    package let file: WritableFile
    /// Whether owner and group are those of the file that it replaces.
    package let keepsRights: Bool
    /// From then on the name is free, and another writer may have taken it.
    private var isRenamed = false

    /// Makes the file, after removing what killed runs left beside the same target.
    ///
    /// Throws `fileNotFound` if the target's folder does not exist, `fileExists` if the target does and is not to be
    /// replaced, `system`.
    package init(target: String, replacing: Bool) throws(ColonnadeError) {
        let (place, old) = try StagingFile.check(target: target, replacing: replacing)
        try StagingFile.removeAbandoned(besides: place)
        (path, file, keepsRights) = try StagingFile.create(for: place, replacing: old)
        self.target = place
    }

    /// Checks that the target's folder is there, and that the target is not, or is a regular file that may be replaced.
    /// Throws as `init` does. Returns the target with all links followed, and what is there.
    ///
    /// - Parameter sources: what the target is made from: replacing one of these would lose it. Any that is not there is
    ///   left to whoever reads it.
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
            guard try Syscalls.status(path: folder)?.isFolder == true else {
                throw ColonnadeError(
                    .fileNotFound, "its folder does not exist: make it first (mkdir -p \(folder))", at: .file(target))
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
        // No caller is left to report a failure to. The file of a process that forked is not the child's to remove.
        if !isRenamed, file.isOwned { try? Syscalls.unlink(path) }
    }

    /// Makes the file the target, whole and on the disk, or throws and leaves the target as it was.
    package consuming func publish(replacing: Bool) throws(ColonnadeError) {
        if replacing, let old = try Syscalls.statusWithoutFollowing(path: target) {
            // The superuser could put a file in the place of a device, and then nothing on the machine finds it.
            guard old.isRegular else {
                throw ColonnadeError(
                    .fileExists, "it is no regular file any more: something else was put in its place",
                    at: .file(target))
            }
            try file.takeRights(of: old)
        }
        try file.synchronize()
        if replacing {
            try Syscalls.rename(path, to: target)
            isRenamed = true
        } else {
            isRenamed = try publishUnderNewName()
        }
        do throws(ColonnadeError) {
            try WritableFile.synchronizeFolder(OutputPath.folder(of: target))
        } catch {
            throw ColonnadeError(
                error.code,
                "the new file is complete and in its place, but may not survive a loss of power: \(error.message)",
                at: .file(target))
        }
    }

    /// `rename` would replace a target that appeared meanwhile; `link` refuses, and leaves the old name too. Returns whether
    /// the file was renamed.
    private func publishUnderNewName() throws(ColonnadeError) -> Bool {
        do throws(ColonnadeError) {
            try Syscalls.link(path, to: target)
            return false
        } catch {
            // Some file systems have no links; there we look and then rename.
            guard error.code == .system, try Syscalls.status(path: target) == nil else { throw error }
            try Syscalls.rename(path, to: target)
            return true
        }
    }

    // MARK: Names

    /// The longest name of a target, in bytes, that the name of its staging file has in whole: systems allow 255 for all.
    private static let nameLimit = 128

    private static func prefix(of target: String) -> String {
        let name = OutputPath.name(of: target)
        guard name.utf8.count > nameLimit else { return ".\(name)\(infix)" }
        // FNV-1a: long names with the same beginning have other staging files.
        let hash = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        var start = Substring(name)
        while start.utf8.count > nameLimit / 2 { start.removeLast() }
        return ".\(start)~\(String(hash, radix: 16))\(infix)"
    }

    private static let infix = ".staging-"

    /// Makes the file with the rights of the one that it replaces, so that no one can read more than before. A new file
    /// has what the process's mask allows.
    private static func create(
        for target: String, replacing old: Syscalls.Status?
    ) throws(ColonnadeError) -> (String, WritableFile, Bool) {
        for attempt in 0..<100 {
            let name = prefix(of: target) + "\(Syscalls.processIdentifier)-\(attempt)"
            let path = "\(OutputPath.folder(of: target))/\(name)"
            do throws(ColonnadeError) {
                let file = try WritableFile(creating: path, permissions: old == nil ? 0o666 : 0o600, for: target)
                do throws(ColonnadeError) {
                    let keepsRights = if let old { try file.takeRights(of: old) } else { true }
                    // Between creating and locking, another run may take the file for abandoned and remove it.
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

    private static func removeAbandoned(besides target: String) throws(ColonnadeError) {
        let prefix = prefix(of: target)
        for name in try Syscalls.names(inFolder: OutputPath.folder(of: target)) where name.hasPrefix(prefix) {
            let path = "\(OutputPath.folder(of: target))/\(name)"
            // Another run may be removing it at the same moment.
            guard let file = try? WritableFile(opening: path), (try? file.lock()) == true else { continue }
            try? Syscalls.unlink(path)
        }
    }
}
