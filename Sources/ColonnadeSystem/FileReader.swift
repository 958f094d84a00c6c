// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// A file, pipe or device read from front to back.
public struct FileReader: ~Copyable {
    public let path: String
    /// Length of a regular file; nil where it is not known, as of a pipe.
    public let byteCount: Int?
    private let descriptor: Syscalls.Descriptor

    /// Opens it, and waits for nothing: what reads a pipe waits for its writer. Throws `fileNotFound`, `invalidSource` for a
    /// folder, `system`.
    public init(path: String) throws(ColonnadeError) {
        // A pipe has no writer yet, maybe for long: reading waits, and not opening, which nothing could end.
        #if canImport(Darwin)
            let descriptor = try Syscalls.open(path, .read)
        #else
            let descriptor = try Syscalls.open(path, .readWithoutWaiting)
        #endif
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

    /// Appends up to `count` bytes to `buffer`. Returns how many; fewer than `count` only at the end. Throws `system`, and
    /// `cancelled` where a pipe or a device is waited for and Ctrl-C was pressed.
    @discardableResult
    public mutating func read(upTo count: Int, appendingTo buffer: inout [UInt8]) throws(ColonnadeError) -> Int {
        var done = 0
        while done < count {
            // In pieces, so that a huge count costs nothing where there is less. How much there is, no length tells:
            // files grow, and some say that they are empty.
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
        // Straight into the buffer, which grows as it does when it is appended to.
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

    /// Goes on reading from there. Throws `system` for a pipe.
    public mutating func seek(to offset: Int) throws(ColonnadeError) {
        try Syscalls.seek(descriptor, to: offset, path: path)
    }
}
