// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// An open file that we write: the descriptor, closed with it.
package final class WritableFile: Sendable {
    package let path: String
    private let descriptor: Syscalls.Descriptor

    /// Throws `fileExists`, `fileNotFound`, `system`.
    package init(creating path: String) throws(ColonnadeError) {
        descriptor = try Syscalls.open(path, .createNew)
        self.path = path
    }

    /// Throws `fileNotFound`, `system`.
    package init(opening path: String) throws(ColonnadeError) {
        descriptor = try Syscalls.open(path, .readWrite)
        self.path = path
    }

    deinit { Syscalls.close(descriptor) }

    /// False if another process holds the lock. It ends with this object.
    package func lock() throws(ColonnadeError) -> Bool { try Syscalls.lock(descriptor, path: path) }

    package func linkCount() throws(ColonnadeError) -> Int { try Syscalls.status(descriptor, path: path).linkCount }

    /// Whether the name that it was opened by still means this file, and no other that was put in its place.
    package func isStillThere() throws(ColonnadeError) -> Bool {
        try Syscalls.status(path: path)?.identity == Syscalls.status(descriptor, path: path).identity
    }

    package func byteCount() throws(ColonnadeError) -> Int { try Syscalls.status(descriptor, path: path).byteCount }

    package func setPermissions(_ permissions: UInt32) throws(ColonnadeError) {
        try Syscalls.setPermissions(descriptor, permissions, path: path)
    }

    /// The end of what was written is left for later: pages that the disk is taking cannot be written to meanwhile, and the
    /// next bytes begin in the last of them. The system's pages are up to 2 MiB large.
    private static let writebackLag = 4 << 20

    /// Writes all bytes there, and asks the system to begin with the disk at once when they are many.
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(ColonnadeError) {
        try unsafe Syscalls.write(descriptor, bytes, at: offset, path: path)
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
        try Syscalls.truncate(descriptor, to: length, path: path)
    }

    package func synchronize() throws(ColonnadeError) { try Syscalls.synchronize(descriptor, path: path) }

    /// Makes the names in a folder durable.
    package static func synchronizeFolder(_ path: String) throws(ColonnadeError) {
        let descriptor = try Syscalls.open(path, .read)
        defer { Syscalls.close(descriptor) }
        try Syscalls.synchronize(descriptor, path: path)
    }
}
