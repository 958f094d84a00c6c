// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Calls on pipes, devices and sockets, which may have to wait.
extension Syscalls {
    /// The time in milliseconds after which a waiting thread checks whether it should stop.
    private static let patience: Int32 = 50

    /// Waits until bytes or the end can be read. Throws `cancelled` if `Interrupts` requests it.
    package static func waitToRead(_ descriptor: Descriptor, path: String) throws(ColonnadeError) {
        try wait(descriptor, Int16(POLLIN), path)
    }

    /// Waits until `pipePiece` bytes can be written without a further wait. Throws `cancelled` if `Interrupts` requests
    /// it.
    package static func waitToWrite(_ descriptor: Descriptor, path: String) throws(ColonnadeError) {
        try wait(descriptor, Int16(POLLOUT), path)
    }

    private static func wait(_ descriptor: Descriptor, _ events: Int16, _ path: String) throws(ColonnadeError) {
        while true {
            var request = pollfd(fd: descriptor, events: events, revents: 0)
            if try retrying("poll", path, { unsafe poll(&request, 1, patience) }) > 0 { return }
            try Interrupts.check(path)
        }
    }

    /// Opens a device or a pipe for writing, and waits until a pipe has a reader. Throws `cancelled` if `Interrupts`
    /// requests it.
    package static func openStream(_ path: String) throws(ColonnadeError) -> Descriptor {
        while true {
            let (descriptor, code) = attempt("open") {
                unsafe systemOpen(cName(path), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0)
            }
            if code == 0 {
                waitWithinCalls(descriptor)
                return descriptor
            }
            guard code == ENXIO else { throw failure("open", path, code) }
            _ = poll(nil, 0, patience)
            try Interrupts.check(path)
        }
    }

    /// Makes later calls on a descriptor wait that was opened without waiting.
    package static func waitWithinCalls(_ descriptor: Descriptor) {
        let flags = fcntl(descriptor, F_GETFL)
        if flags >= 0 { _ = fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK) }
    }

    /// Returns another descriptor of the same open file.
    package static func duplicate(_ descriptor: Descriptor, path: String) throws(ColonnadeError) -> Descriptor {
        try retrying("fcntl", path) { fcntl(descriptor, F_DUPFD_CLOEXEC, 3) }
    }

    /// The maximum number of bytes that a pipe always accepts as one piece.
    package static let pipePiece = Int(PIPE_BUF)
}
