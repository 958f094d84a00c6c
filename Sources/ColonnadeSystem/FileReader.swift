// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// A file, pipe or device read from front to back.
public struct FileReader: ~Copyable {
    public let path: String
    /// Length of a regular file; nil where it is not known, as of a pipe.
    public let byteCount: Int?
    private let descriptor: Syscalls.Descriptor

    /// Throws `fileNotFound`, `invalidSource` for a folder, `system`.
    public init(path: String) throws(ColonnadeError) {
        let descriptor = try Syscalls.open(path, .read)
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
        self.path = path
        byteCount = status.isRegular ? status.byteCount : nil
        self.descriptor = descriptor
    }

    deinit { Syscalls.close(descriptor) }

    /// Appends up to `count` bytes to `buffer`. Returns how many; fewer than `count` only at the end.
    @discardableResult
    public mutating func read(upTo count: Int, appendingTo buffer: inout [UInt8]) throws(ColonnadeError) -> Int {
        let old = buffer.count
        // No more than is there, so that a huge count costs nothing.
        let wanted = byteCount.map { min(count, max($0, 1)) } ?? count
        var failure: ColonnadeError?
        // Straight into the buffer, which grows as it does when it is appended to.
        buffer.append(addingCapacity: wanted) { target in
            unsafe target.withUnsafeMutableBufferPointer { memory, count in
                do throws(ColonnadeError) {
                    count = try unsafe fill(UnsafeMutableRawBufferPointer(memory))
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
