// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// A folder, and the name of a file in it, which may have slashes. Both have no links and no `..`.
package typealias FolderPlace = (path: String, name: String)

/// A regular file that is open for reading at any offset.
@safe
package struct RegularFile: ~Copyable {
    package let path: String
    /// The file as it was when it was opened.
    package let version: Version
    private let descriptor: Syscalls.Descriptor

    /// The identity of a file, its length, and the time of its last change. Two equal versions have equal contents.
    package struct Version: Sendable, Hashable {
        package let byteCount: Int
        fileprivate let identity: Syscalls.Identity
        fileprivate let changeTime: Int64
    }

    package var byteCount: Int { version.byteCount }

    /// Opens a file without waiting. Throws `fileNotFound`, `invalidSource` for a folder, pipe, socket or device, or `system`.
    package init(path: String) throws(ColonnadeError) { try self.init(path, in: nil) }

    /// Opens the file `folder.path` / `folder.name` as `init(path:)` does, unless a part of the name is a link or `..`. So the file is
    /// inside of the folder, whatever other processes rename meanwhile.
    ///
    /// - Parameter path: the path that errors name.
    package init(path: String, in folder: FolderPlace) throws(ColonnadeError) {
        try self.init(path, in: folder)
    }

    private init(_ path: String, in folder: FolderPlace?) throws(ColonnadeError) {
        let descriptor: Syscalls.Descriptor
        do throws(ColonnadeError) {
            if let folder {
                descriptor = try Syscalls.open(folder.name, inside: folder.path, path: path)
            } else {
                descriptor = try Syscalls.open(path, .readWithoutWaiting)
            }
        } catch {
            // The system refuses to open a socket, with an error that does not say so.
            if let status = try? Syscalls.status(path: path) { try RegularFile.check(status, path) }
            throw error
        }
        let status: Syscalls.Status
        do throws(ColonnadeError) {
            status = try Syscalls.status(descriptor, path: path)
            try RegularFile.check(status, path)
        } catch {
            Syscalls.close(descriptor)
            throw error
        }
        self.path = path
        version = Version(byteCount: status.byteCount, identity: status.identity, changeTime: status.changeTime)
        self.descriptor = descriptor
    }

    deinit { Syscalls.close(descriptor) }

    private static func check(_ status: Syscalls.Status, _ path: String) throws(ColonnadeError) {
        guard status.isRegular else {
            throw ColonnadeError(
                .invalidSource,
                status.isFolder
                    ? "it is a folder: name a file in it" : "it is a pipe, a socket or a device: name a file",
                at: .file(path))
        }
    }

    /// Returns the bytes in a range, which must be inside the file, as uint8. Throws `system`, `outOfMemory`, and `invalidSource`
    /// if the file has become shorter.
    package func read(_ range: Range<Int>, from pool: TensorPool) throws(ColonnadeError) -> Tensor {
        let storage = try pool.take(byteCount: range.count)
        try unsafe fill(storage.mutableBytes, at: range.lowerBound)
        return Tensor(dtype: .uint8, shape: [range.count], storage: storage)
    }

    /// Returns the bytes in a range, which must be inside the file. Throws as `read(_:from:)` does.
    package func read(_ range: Range<Int>) throws(ColonnadeError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        var failure: ColonnadeError?
        unsafe bytes.withUnsafeMutableBytes { memory in
            do throws(ColonnadeError) { try unsafe fill(memory, at: range.lowerBound) } catch { failure = error }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Maps the file that is open, whatever its path names meanwhile. Throws `system`.
    package func mapped() throws(ColonnadeError) -> MappedFile {
        try MappedFile(descriptor, byteCount: byteCount, identity: version.identity, path: path)
    }

    private func fill(_ memory: UnsafeMutableRawBufferPointer, at offset: Int) throws(ColonnadeError) {
        precondition(offset >= 0 && offset + memory.count <= byteCount, "the range must be inside the file")
        var done = 0
        while done < memory.count {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[done...])
            let count = try unsafe Syscalls.read(descriptor, into: rest, at: offset + done, path: path)
            guard count > 0 else {
                throw ColonnadeError(
                    .invalidSource, "it became shorter while it was read: write it again, and read it then",
                    at: .file(path, offset: offset + done))
            }
            done += count
        }
    }
}
