// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// A pipe, a device, or an open file of this process that is written sequentially. Written bytes cannot be changed
/// afterwards.
package final class SequentialFile: Sendable {
    package let path: String
    private let descriptor: Syscalls.Descriptor
    private let isRegular: Bool

    /// Opens the target, and waits for the reader of a pipe.
    ///
    /// Throws `invalidArgument` for a block device, whose contents would be lost, `cancelled` if `Interrupts` requests
    /// it, or `system`.
    package init(_ place: OutputPath, path: String) throws(ColonnadeError) {
        let descriptor: Syscalls.Descriptor
        switch place {
        case .descriptor(let number): descriptor = try Syscalls.duplicate(number, path: path)
        case .stream(let name), .file(let name):
            if try Syscalls.status(path: name)?.isBlockDevice == true {
                throw ColonnadeError(
                    .invalidArgument, "it is a block device, whose contents would be lost: name a file", at: .file(path)
                )
            }
            descriptor = try Syscalls.openStream(name)
        }
        let isRegular: Bool
        do throws(ColonnadeError) {
            isRegular = try Syscalls.status(descriptor, path: path).isRegular
        } catch {
            Syscalls.close(descriptor)
            throw error
        }
        self.path = path
        self.descriptor = descriptor
        self.isRegular = isRegular
    }

    deinit { Syscalls.close(descriptor) }

    /// Writes all bytes. Throws `cancelled` if `Interrupts` requests it, or `system`.
    package func write(_ bytes: [UInt8]) throws(ColonnadeError) {
        if isRegular { return try Syscalls.write(descriptor, bytes, path: path) }
        var done = 0
        while done < bytes.count {
            try Syscalls.waitToWrite(descriptor, path: path)
            let end = min(done + Syscalls.pipePiece, bytes.count)
            try Syscalls.write(descriptor, Array(bytes[done..<end]), path: path)
            done = end
        }
    }
}
