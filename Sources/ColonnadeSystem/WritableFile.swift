// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
package import ColonnadeCore
import Synchronization

/// An open file for writing, and the owner of its descriptor.
///
/// It belongs to the process that opened it. In a forked child the descriptor is closed, and every call that would
/// change the file throws `system`.
package final class WritableFile: Sendable {
    package let path: String
    /// The path that error messages name.
    private let name: String
    private let descriptor: Syscalls.Descriptor
    private let process = Syscalls.processIdentifier
    /// The registration that closes the descriptor in forked children. Otherwise a child would keep the lock after this
    /// process is killed.
    private let guardNumber: Int32
    /// The offset up to which writeback has begun.
    private let announced = Atomic(0)

    /// Creates a file. Throws `fileExists`, `fileNotFound` or `system`.
    ///
    /// - Parameter target: the path that the file will get, which error messages name.
    package init(creating path: String, permissions: UInt32, for target: String? = nil) throws(ColonnadeError) {
        descriptor = try Syscalls.open(path, .createNew(permissions: permissions))
        guardNumber = colonnade_close_in_children(descriptor)
        self.path = path
        name = target ?? path
    }

    /// Opens a file. Throws `fileNotFound` or `system`.
    package init(opening path: String) throws(ColonnadeError) {
        descriptor = try Syscalls.open(path, .readWrite)
        guardNumber = colonnade_close_in_children(descriptor)
        self.path = path
        name = path
    }

    deinit {
        guard isOwned else { return }
        // The lock would stay with a descriptor that a child inherits at this moment, so it is released explicitly.
        Syscalls.unlock(descriptor)
        colonnade_keep_in_children(guardNumber)
        Syscalls.close(descriptor)
    }

    /// Whether the current process opened the file, and is not a child of the process that did.
    package var isOwned: Bool { process == Syscalls.processIdentifier }

    private func checkOwned() throws(ColonnadeError) {
        if isOwned { return }
        throw ColonnadeError(
            .system, "the process that began to write it has forked, and this is the child: begin another writer here",
            at: .file(name))
    }

    /// Takes the lock of the file, which ends with this object. Returns false if another process has it.
    package func lock() throws(ColonnadeError) -> Bool {
        try checkOwned()
        return try Syscalls.lock(descriptor, path: name)
    }

    func identity() throws(ColonnadeError) -> Syscalls.Identity {
        try Syscalls.status(descriptor, path: name).identity
    }

    package func linkCount() throws(ColonnadeError) -> Int { try Syscalls.status(descriptor, path: name).linkCount }

    /// Returns whether the path still leads to this file, and not to another file that replaced it.
    package func isStillThere() throws(ColonnadeError) -> Bool {
        try isAt(path)
    }

    /// Returns whether a path leads to this file.
    package func isAt(_ path: String) throws(ColonnadeError) -> Bool {
        try Syscalls.status(path: path)?.identity == Syscalls.status(descriptor, path: name).identity
    }

    /// Returns the time at which the file changed last, by the clock of the file system, in nanoseconds.
    package func changeTime() throws(ColonnadeError) -> Int64 {
        try Syscalls.status(descriptor, path: name).changeTime
    }

    package func byteCount() throws(ColonnadeError) -> Int { try Syscalls.status(descriptor, path: name).byteCount }

    /// Gives the file the owner, the group and the permissions of a file that it replaces, without set-user-ID and
    /// similar bits.
    ///
    /// If this process may not set the group, the group gets only the permissions of all others. If it may not set the
    /// owner, the owner is the user of the process. Returns whether owner and group are those of the other file.
    @discardableResult
    package func copyRights(of old: Syscalls.Status) throws(ColonnadeError) -> Bool {
        try checkOwned()
        let current = try Syscalls.status(descriptor, path: name)
        var permissions = old.permissions & 0o777
        var isSame = current.owner == old.owner && current.group == old.group
        if !isSame {
            isSame = try Syscalls.setOwner(descriptor, old.owner, old.group, path: name)
            if !isSame, try !Syscalls.setOwner(descriptor, nil, old.group, path: name) {
                permissions &= 0o707 | (permissions & 0o007) << 3
            }
        }
        try Syscalls.setPermissions(descriptor, permissions, path: name)
        return isSame
    }

    /// Whether the file has access rules in addition to owner, group and permissions.
    package var hasAccessList: Bool { colonnade_has_access_list(descriptor) != 0 }

    /// Writes all bytes at an offset.
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(ColonnadeError) {
        try checkOwned()
        try unsafe Syscalls.write(descriptor, bytes, at: offset, path: name)
    }

    package func write(_ bytes: [UInt8], at offset: Int) throws(ColonnadeError) {
        try unsafe bytes.withUnsafeBufferPointer { (memory) throws(ColonnadeError) in
            try unsafe write(UnsafeRawBufferPointer(memory), at: offset)
        }
    }

    /// The number of bytes for which writeback begins at a time.
    private static let writebackStep = 8 << 20
    /// The number of bytes at the end for which writeback begins later. While the system writes a page to the disk, the
    /// page cannot be changed, and the next bytes begin in the last page. Pages are up to 2 MiB large.
    private static let writebackLag = 2 << 20

    /// Asks the system from time to time to begin writing the bytes before `end` to the disk, so that `synchronize`
    /// waits less.
    package func beginWriteback(upTo end: Int) {
        let from = announced.load(ordering: .relaxed)
        guard isOwned, end - WritableFile.writebackLag - from >= WritableFile.writebackStep else { return }
        announced.store(end - WritableFile.writebackLag, ordering: .relaxed)
        Syscalls.beginWriteback(descriptor, offset: from, count: end - WritableFile.writebackLag - from)
    }

    /// Asks the system to begin writing all bytes to the disk. They must not be changed any more.
    package func beginWriteback() {
        guard isOwned else { return }
        Syscalls.beginWriteback(descriptor, offset: announced.load(ordering: .relaxed), count: 0)
    }

    /// Removes a range of bytes from the memory of the system. They must be synchronized.
    package func releasePages(_ range: Range<Int>) {
        guard isOwned, !range.isEmpty else { return }
        Syscalls.releasePages(descriptor, offset: range.lowerBound, count: range.count)
    }

    package func truncate(to length: Int) throws(ColonnadeError) {
        try checkOwned()
        try Syscalls.truncate(descriptor, to: length, path: name)
    }

    package func synchronize() throws(ColonnadeError) {
        try checkOwned()
        try Syscalls.synchronize(descriptor, path: name)
    }

    /// Makes the names in a folder durable.
    package static func synchronizeFolder(_ path: String) throws(ColonnadeError) {
        let descriptor = try Syscalls.open(path, .read)
        defer { Syscalls.close(descriptor) }
        try Syscalls.synchronize(descriptor, path: path)
    }
}
