// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
package import ColonnadeCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Calls that take the names of files, and calls that list a folder.
extension Syscalls {
    /// Returns a path in the form that the C library takes.
    static func cName(_ path: String) -> [CChar] { path.fileNameBytes.map { CChar(bitPattern: $0) } + [0] }

    /// Returns a path that the C library gave.
    static func name(_ text: UnsafePointer<CChar>) -> String {
        String(fileName: unsafe Array(UnsafeRawBufferPointer(start: text, count: strlen(text))))
    }

    /// Returns the status of the file at a path, or nil if there is no such file.
    package static func status(path: String) throws(ColonnadeError) -> Status? {
        var info = stat()
        do throws(ColonnadeError) {
            _ = try retrying("stat", path) { unsafe stat(cName(path), &info) }
        } catch {
            if error.code == .fileNotFound { return nil }
            throw error
        }
        return Status(info)
    }

    /// Returns the status of a name without following links, or nil if the name does not exist.
    package static func statusWithoutFollowing(path: String) throws(ColonnadeError) -> Status? {
        var info = stat()
        do throws(ColonnadeError) {
            _ = try retrying("lstat", path) { unsafe lstat(cName(path), &info) }
        } catch {
            if error.code == .fileNotFound { return nil }
            throw error
        }
        return Status(info)
    }

    /// Returns the path that a link contains.
    package static func destination(ofLink path: String) throws(ColonnadeError) -> String {
        var text = [CChar](repeating: 0, count: Int(PATH_MAX))
        let capacity = text.count
        let count = try retrying("readlink", path) { unsafe readlink(cName(path), &text, capacity) }
        return String(fileName: text[..<count].map { UInt8(bitPattern: $0) })
    }

    /// Returns the path without links and dots, or nil if it does not exist.
    package static func realPath(_ path: String) -> String? {
        guard let text = unsafe realpath(cName(path), nil) else { return nil }
        defer { unsafe free(text) }
        return unsafe name(text)
    }

    /// Opens a file for reading without waiting, by a path that begins in a folder and has no links and no `..`. So the file is inside
    /// of the folder, whatever other processes rename meanwhile.
    ///
    /// - Parameter path: the path that errors name.
    package static func open(
        _ name: String, inside folder: String, path: String
    ) throws(ColonnadeError) -> Descriptor {
        try retrying("openat", path) { unsafe colonnade_open_inside(cName(folder), cName(name)) }
    }

    /// Creates a file in an open folder. `name` has no slashes. Throws `fileExists`, `system`.
    static func create(
        _ name: String, in folder: Descriptor, permissions: UInt32, path: String
    ) throws(ColonnadeError) -> Descriptor {
        try retrying("openat", path) {
            unsafe openat(folder, cName(name), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(permissions))
        }
    }

    /// Renames a file within an open folder.
    static func rename(
        _ source: String, to target: String, in folder: Descriptor, path: String
    ) throws(ColonnadeError) {
        _ = try retrying("renameat", path) { unsafe renameat(folder, cName(source), folder, cName(target)) }
    }

    /// Removes a file from an open folder.
    static func unlink(_ name: String, in folder: Descriptor, path: String) throws(ColonnadeError) {
        _ = try retrying("unlinkat", path) { unsafe unlinkat(folder, cName(name), 0) }
    }

    package static func rename(_ source: String, to target: String) throws(ColonnadeError) {
        _ = try retrying("rename", target) { unsafe systemRename(cName(source), cName(target)) }
    }

    /// Makes a second name for a file. Throws `fileExists` if the name exists.
    package static func link(_ source: String, to target: String) throws(ColonnadeError) {
        _ = try retrying("link", target) { unsafe systemLink(cName(source), cName(target)) }
    }

    package static func unlink(_ path: String) throws(ColonnadeError) {
        _ = try retrying("unlink", path) { unsafe systemUnlink(cName(path)) }
    }

    /// Returns the names in a folder, in no particular order.
    package static func names(inFolder path: String) throws(ColonnadeError) -> [String] {
        let address = try retrying("opendir", path) { unsafe opendir(cName(path)).map { Int(bitPattern: $0) } ?? -1 }
        guard let folder = unsafe Folder(bitPattern: address) else { return [] }
        defer { unsafe _ = closedir(folder) }
        var names: [String] = []
        while true {
            // The end and an error both return no entry, and only an error sets the number.
            errno = 0
            guard let entry = unsafe readdir(folder) else {
                let code = errno
                guard code == 0 else { throw failure("readdir", path, code) }
                break
            }
            let entryName = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 1) { unsafe name($0) }
            }
            if entryName != ".", entryName != ".." { names.append(entryName) }
        }
        return names
    }
}

#if canImport(Darwin)
    private typealias Folder = UnsafeMutablePointer<DIR>
#else
    private typealias Folder = OpaquePointer
#endif

// Inside `Syscalls` these names refer to its own functions.
private func systemRename(_ source: UnsafePointer<CChar>, _ target: UnsafePointer<CChar>) -> Int32 {
    unsafe rename(source, target)
}
func systemLink(_ source: UnsafePointer<CChar>, _ target: UnsafePointer<CChar>) -> Int32 {
    unsafe link(source, target)
}
private func systemUnlink(_ path: UnsafePointer<CChar>) -> Int32 { unsafe unlink(path) }
