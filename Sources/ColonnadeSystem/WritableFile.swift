// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
package import ColonnadeCore

/// An open file that we write: the descriptor, closed with it.
///
/// It belongs to the process that opened it. In a forked child the descriptor is closed, and every call that would change the
/// file throws `system`.
package final class WritableFile: Sendable {
    package let path: String
    /// The path that errors name.
    private let name: String
    private let descriptor: Syscalls.Descriptor
    private let process = Syscalls.processIdentifier
    /// Has the descriptor closed in forked children, which would keep the lock when this process is killed.
    private let guardNumber: Int32

    /// Throws `fileExists`, `fileNotFound`, `system`.
    ///
    /// - Parameter target: the file that this one becomes, which errors name.
    package init(creating path: String, permissions: UInt32, for target: String? = nil) throws(ColonnadeError) {
        descriptor = try Syscalls.open(path, .createNew(permissions: permissions))
        guardNumber = colonnade_close_in_children(descriptor)
        self.path = path
        name = target ?? path
    }

    /// Throws `fileNotFound`, `system`.
    package init(opening path: String) throws(ColonnadeError) {
        descriptor = try Syscalls.open(path, .readWrite)
        guardNumber = colonnade_close_in_children(descriptor)
        self.path = path
        name = path
    }

    deinit {
        guard isOwned else { return }
        // The lock would live on with a descriptor that a child got at this moment.
        Syscalls.unlock(descriptor)
        colonnade_keep_in_children(guardNumber)
        Syscalls.close(descriptor)
    }

    /// Whether this is the process that opened the file, and no child of it.
    package var isOwned: Bool { process == Syscalls.processIdentifier }

    private func checkOwned() throws(ColonnadeError) {
        if isOwned { return }
        throw ColonnadeError(
            .system, "the process that began to write it has forked, and this is the child: begin another writer here",
            at: .file(name))
    }

    /// False if another process holds the lock. It ends with this object.
    package func lock() throws(ColonnadeError) -> Bool {
        try checkOwned()
        return try Syscalls.lock(descriptor, path: name)
    }

    package func linkCount() throws(ColonnadeError) -> Int { try Syscalls.status(descriptor, path: name).linkCount }

    /// Whether the name that it was opened by still means this file, and no other that was put in its place.
    package func isStillThere() throws(ColonnadeError) -> Bool {
        try Syscalls.status(path: path)?.identity == Syscalls.status(descriptor, path: name).identity
    }

    package func byteCount() throws(ColonnadeError) -> Int { try Syscalls.status(descriptor, path: name).byteCount }

    /// Gives it the owner, the group and the permissions of a file that it is to replace, but no set-user-ID and the like.
    ///
    /// A group that this process may not give gets no more than all others, and the owner stays this process's user. Returns
    /// whether owner and group are those of the other file.
    @discardableResult
    package func takeRights(of old: Syscalls.Status) throws(ColonnadeError) -> Bool {
        try checkOwned()
        let own = try Syscalls.status(descriptor, path: name)
        var permissions = old.permissions & 0o777
        var isSame = own.owner == old.owner && own.group == old.group
        if !isSame {
            isSame = try Syscalls.setOwner(descriptor, old.owner, old.group, path: name)
            if !isSame, try !Syscalls.setOwner(descriptor, nil, old.group, path: name) {
                permissions &= 0o707 | (permissions & 0o007) << 3
            }
        }
        try Syscalls.setPermissions(descriptor, permissions, path: name)
        return isSame
    }

    /// Whether the file has access rules beyond owner, group and permissions.
    package var hasAccessList: Bool { colonnade_has_access_list(descriptor) != 0 }

    /// The end of what was written is left for later: pages that the disk is taking cannot be written to meanwhile, and the
    /// next bytes begin in the last of them. The system's pages are up to 2 MiB large.
    private static let writebackLag = 4 << 20

    /// Writes all bytes there, and asks the system to begin with the disk at once when they are many.
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(ColonnadeError) {
        try checkOwned()
        try unsafe Syscalls.write(descriptor, bytes, at: offset, path: name)
        if bytes.count >= 1 << 20 {
            Syscalls.beginWriteback(
                descriptor, offset: max(0, offset - WritableFile.writebackLag), count: bytes.count)
        }
    }

    package func write(_ bytes: [UInt8], at offset: Int) throws(ColonnadeError) {
        try unsafe bytes.withUnsafeBufferPointer { (memory) throws(ColonnadeError) in
            try unsafe write(UnsafeRawBufferPointer(memory), at: offset)
        }
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
