// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// A file in the making: it lies beside its target under a name of its own, and either is published as a whole or vanishes.
///
/// It holds a lock while it lives, which is how the next run tells one that a killed process left behind from one in use.
package struct StagingFile: ~Copyable {
    package let target: String
    private let path: String
    /// The open file, to write to.
    package let file: WritableFile
    /// From then on the name is free, and another writer may have taken it.
    private var isRenamed = false

    /// Makes the file, after removing what killed runs left beside the same target.
    ///
    /// Throws `fileNotFound` if the target's folder does not exist, `fileExists` if the target does and is not to be
    /// replaced, `system`.
    package init(target: String, replacing: Bool) throws(ColonnadeError) {
        try StagingFile.check(target: target, replacing: replacing)
        try StagingFile.removeAbandoned(besides: target)
        (path, file) = try StagingFile.create(for: target)
        self.target = target
    }

    /// Whether the target's folder is there, and the target is not or may be replaced. Throws as `init` does.
    ///
    /// - Parameter sources: what the target is made from: replacing one of these would lose it. Any that is not there is
    ///   left to whoever reads it.
    package static func check(
        target: String, replacing: Bool, sources: [String] = []
    ) throws(ColonnadeError) {
        guard !target.isEmpty else {
            throw ColonnadeError(.invalidArgument, "the name of the file to write is empty: name a file")
        }
        let folder = StagingFile.folder(of: target)
        if let status = try Syscalls.status(path: target) {
            if status.isFolder {
                throw ColonnadeError(.fileExists, "it is a folder: name a file", at: .file(target))
            }
            // The superuser could put a file in the place of a device, and then nothing on the machine finds it.
            guard status.isRegular else {
                throw ColonnadeError(
                    .fileExists, "it is a device or a pipe, and not a regular file: name another", at: .file(target))
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
        } else if try Syscalls.status(path: folder)?.isFolder != true {
            throw ColonnadeError(
                .fileNotFound, "its folder does not exist: make it first (mkdir -p \(folder))", at: .file(target))
        }
    }

    deinit {
        // There is nobody to tell of a failure.
        if !isRenamed { try? Syscalls.unlink(path) }
    }

    /// Makes the file the target, whole and on the disk, or throws and leaves the target as it was.
    package consuming func publish(replacing: Bool) throws(ColonnadeError) {
        if replacing, let old = try Syscalls.status(path: target) {
            try file.setPermissions(old.permissions)
        }
        try file.synchronize()
        if replacing {
            try Syscalls.rename(path, to: target)
            isRenamed = true
        } else {
            isRenamed = try publishUnderNewName()
        }
        try WritableFile.synchronizeFolder(StagingFile.folder(of: target))
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

    private static func folder(of target: String) -> String {
        guard let slash = target.lastIndex(of: "/") else { return "." }
        return slash == target.startIndex ? "/" : String(target[..<slash])
    }

    private static func prefix(of target: String) -> String {
        ".\(target.split(separator: "/").last ?? "")\(infix)"
    }

    private static let infix = ".staging-"

    private static func create(for target: String) throws(ColonnadeError) -> (String, WritableFile) {
        for attempt in 0..<100 {
            let name = prefix(of: target) + "\(Syscalls.processIdentifier)-\(attempt)"
            let path = "\(folder(of: target))/\(name)"
            do throws(ColonnadeError) {
                let file = try WritableFile(creating: path)
                do throws(ColonnadeError) {
                    // Between creating and locking, another run may take the file for abandoned and remove it.
                    if try file.lock(), try file.linkCount() > 0 { return (path, file) }
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
        for name in try Syscalls.names(inFolder: folder(of: target)) where name.hasPrefix(prefix) {
            let path = "\(folder(of: target))/\(name)"
            // Another run may be removing it at the same moment.
            guard let file = try? WritableFile(opening: path), (try? file.lock()) == true else { continue }
            try? Syscalls.unlink(path)
        }
    }
}
