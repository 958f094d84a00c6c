// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// A sequential reader of a file, pipe or device.
public struct FileReader: ~Copyable {
    public let path: String
    /// The length of a regular file; nil if it is not known, as for a pipe.
    public let byteCount: Int?
    private let descriptor: Syscalls.Descriptor

    /// Opens a file without waiting. Reads of a pipe wait for its writer. Throws `fileNotFound`, `invalidSource` for a
    /// folder, or `system`.
    public init(path: String) throws(ColonnadeError) { try self.init(path: path, in: nil) }

    /// Opens a file as `init(path:)` does. A file in a folder is inside of it, whatever other processes rename meanwhile.
    ///
    /// - Parameters:
    ///   - path: the path that errors name.
    ///   - place: the place of the file in the folder; nil to open the path.
    package init(path: String, in place: FolderPlace?) throws(ColonnadeError) {
        // A pipe may not have a writer yet. A wait while opening could not be interrupted, so only reads wait.
        #if canImport(Darwin)
            let mode = Syscalls.OpenMode.read
        #else
            let mode = Syscalls.OpenMode.readWithoutWaiting
        #endif
        let descriptor: Syscalls.Descriptor
        if let place {
            descriptor = try Syscalls.open(place.name, inside: place.path, path: path)
        } else {
            descriptor = try Syscalls.open(path, mode)
        }
        let status: Syscalls.Status
        do throws(ColonnadeError) {
            status = try Syscalls.status(descriptor, path: path)
            if status.isFolder {
                throw ColonnadeError(.invalidSource, "it is a folder: name the files in it", at: .file(path))
            }
        } catch {
            Syscalls.close(descriptor)
            throw error
        }
        Syscalls.waitWithinCalls(descriptor)
        self.path = path
        byteCount = status.isRegular ? status.byteCount : nil
        self.descriptor = descriptor
    }

    deinit { Syscalls.close(descriptor) }

    /// Appends up to `count` bytes to `buffer`, and returns their number. It is less than `count` only at the end of
    /// the file. Throws `system`, or `cancelled` if Ctrl-C was pressed during a wait for a pipe or device.
    @discardableResult
    public mutating func read(upTo count: Int, appendingTo buffer: inout [UInt8]) throws(ColonnadeError) -> Int {
        var done = 0
        while done < count {
            // The file is read in pieces, so that a large count costs nothing if the file is small. The length of the
            // file is not reliable: files grow, and special files report a length of 0.
            let piece = min(count - done, max(byteCount ?? 0, 1 << 16))
            let added = try readPiece(piece, appendingTo: &buffer)
            done += added
            if added < piece { break }
        }
        return done
    }

    private func readPiece(_ count: Int, appendingTo buffer: inout [UInt8]) throws(ColonnadeError) -> Int {
        let old = buffer.count
        var failure: ColonnadeError?
        // The bytes are read directly into the buffer, which grows like an array that is appended to.
        buffer.append(addingCapacity: count) { target in
            unsafe target.withUnsafeMutableBufferPointer { memory, initialized in
                do throws(ColonnadeError) {
                    initialized = try unsafe fill(UnsafeMutableRawBufferPointer(memory))
                } catch {
                    failure = error
                }
            }
        }
        if let failure { throw failure }
        return buffer.count - old
    }

    private func fill(_ memory: UnsafeMutableRawBufferPointer) throws(ColonnadeError) -> Int {
        var done = 0
        while done < memory.count {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[done...])
            if byteCount == nil { try Syscalls.waitToRead(descriptor, path: path) }
            let count = try unsafe Syscalls.read(descriptor, into: rest, path: path)
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Continues reading at an offset. Throws `system` for a pipe.
    public mutating func seek(to offset: Int) throws(ColonnadeError) {
        try Syscalls.seek(descriptor, to: offset, path: path)
    }
}
