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

/// The calls of the operating system that the library makes. Each call is retried when a signal interrupts it, and an
/// error says which call failed on which file. This file has the retry loop and the calls on open files; the files
/// `Syscalls+….swift` have names, memory, and the process. Only these files, `WorkerThread` and the lock in Core import
/// the C library.
///
/// In debug builds a test can make any call fail: see `FaultInjection`.
package enum Syscalls {
    package typealias Descriptor = Int32

    package enum OpenMode: Sendable {
        case read
        /// Reading, where opening a pipe does not wait for its writer. For regular files it is equal to `read`.
        case readWithoutWaiting
        case readWrite
        /// Creates a new file with the permissions, except those that the process's mask forbids.
        case createNew(permissions: UInt32)
    }

    // MARK: Retries

    /// Returns the result of a call that returns -1 on failure, and throws an error for a failure.
    static func retrying<Result: FixedWidthInteger>(
        _ call: StaticString, _ path: String, _ body: () -> Result
    ) throws(ColonnadeError) -> Result {
        let (result, code) = attempt(call, body)
        guard code == 0 else { throw failure(call, path, code) }
        return result
    }

    /// Repeats a call until no signal interrupts it. Returns its result, and the error number or 0.
    static func attempt<Result: FixedWidthInteger>(
        _ call: StaticString, _ body: () -> Result
    ) -> (result: Result, code: Int32) {
        while true {
            #if DEBUG
                if let code = FaultInjection.current?.next(call) {
                    if code == EINTR { continue }
                    return (0, code)
                }
            #endif
            let result = body()
            if result != -1 { return (result, 0) }
            let code = errno
            if code != EINTR { return (result, code) }
        }
    }

    static func failure(_ call: StaticString, _ path: String, _ code: Int32) -> ColonnadeError {
        let reason = unsafe String(cString: strerror(code))
        let place = ColonnadeError.Place.file(path)
        switch code {
        case ENOENT, ENOTDIR:
            return ColonnadeError(.fileNotFound, "no such file or folder: check the path", at: place)
        case EEXIST:
            return ColonnadeError(
                .fileExists, "it is there already: choose another name, or replace it (--force)", at: place)
        case ENOSPC, EDQUOT:
            return ColonnadeError(
                .system, "the disk is full (\(reason)): free some space, then run this again", at: place)
        case EFBIG:
            return ColonnadeError(
                .system, "the file may not become that large (\(reason)): raise the limit (ulimit -f)", at: place)
        case EACCES, EPERM, EROFS:
            return ColonnadeError(.system, "no permission (\(call): \(reason))", at: place)
        default:
            return ColonnadeError(.system, "\(call) failed: \(reason)", at: place)
        }
    }

    // MARK: Files

    package static func open(_ path: String, _ mode: OpenMode) throws(ColonnadeError) -> Descriptor {
        let flags =
            switch mode {
            case .read: O_RDONLY | O_CLOEXEC
            case .readWithoutWaiting: O_RDONLY | O_NONBLOCK | O_CLOEXEC
            case .readWrite: O_RDWR | O_CLOEXEC
            case .createNew: O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC
            }
        var permissions: UInt32 = 0
        if case .createNew(let bits) = mode { permissions = bits }
        return try retrying("open", path) { unsafe systemOpen(cName(path), flags, mode_t(permissions)) }
    }

    package static func close(_ descriptor: Descriptor) {
        #if canImport(Darwin)
            _ = Darwin.close(descriptor)
        #elseif canImport(Musl)
            _ = Musl.close(descriptor)
        #else
            _ = Glibc.close(descriptor)
        #endif
    }

    package static func status(_ descriptor: Descriptor, path: String) throws(ColonnadeError) -> Status {
        var info = stat()
        _ = try retrying("fstat", path) { unsafe fstat(descriptor, &info) }
        return Status(info)
    }

    package static func setPermissions(_ descriptor: Descriptor, _ permissions: UInt32, path: String)
        throws(ColonnadeError)
    {
        _ = try retrying("fchmod", path) { fchmod(descriptor, mode_t(permissions)) }
    }

    /// Sets owner and group; nil keeps the owner. Returns false if the system does not allow it to this process.
    package static func setOwner(_ descriptor: Descriptor, _ owner: UInt32?, _ group: UInt32, path: String)
        throws(ColonnadeError) -> Bool
    {
        let code = attempt("fchown") { fchown(descriptor, owner ?? .max, group) }.code
        switch code {
        case 0: return true
        case EPERM, EINVAL, ENOTSUP, ENOSYS: return false
        default: throw failure("fchown", path, code)
        }
    }

    package static func read(
        _ descriptor: Descriptor, into memory: UnsafeMutableRawBufferPointer, path: String
    ) throws(ColonnadeError) -> Int {
        guard let base = memory.baseAddress else { return 0 }
        return try retrying("read", path) { unsafe systemRead(descriptor, base, memory.count) }
    }

    /// Fills memory with the bytes at an offset. Returns false if the file has fewer bytes, or if they cannot be read.
    package static func fill(
        _ memory: UnsafeMutableRawBufferPointer, from descriptor: Descriptor, at offset: Int
    ) -> Bool {
        guard let base = memory.baseAddress else { return true }
        let (count, code) = attempt("pread") { unsafe pread(descriptor, base, memory.count, off_t(offset)) }
        return code == 0 && count == memory.count
    }

    /// Reads bytes at an offset, and returns their number: 0 at the end of the file.
    package static func read(
        _ descriptor: Descriptor, into memory: UnsafeMutableRawBufferPointer, at offset: Int, path: String
    ) throws(ColonnadeError) -> Int {
        guard let base = memory.baseAddress else { return 0 }
        return try retrying("pread", path) { unsafe pread(descriptor, base, memory.count, off_t(offset)) }
    }

    package static func seek(_ descriptor: Descriptor, to offset: Int, path: String) throws(ColonnadeError) {
        _ = try retrying("lseek", path) { Int(lseek(descriptor, off_t(offset), SEEK_SET)) }
    }

    /// Writes all of `bytes` at `offset`.
    package static func write(
        _ descriptor: Descriptor, _ bytes: UnsafeRawBufferPointer, at offset: Int, path: String
    ) throws(ColonnadeError) {
        // A write beyond the limit makes the system end the process with SIGXFSZ.
        let count = bytes.count
        guard count == 0 || count <= fileSizeLimit - offset else { throw failure("write", path, EFBIG) }
        var done = 0
        while done < bytes.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
            guard let base = rest.baseAddress else { return }
            let written = try retrying("write", path) {
                unsafe pwrite(descriptor, base, rest.count, off_t(offset + done))
            }
            guard written > 0 else {
                throw ColonnadeError(.system, "the disk took no more bytes", at: .file(path, offset: offset + done))
            }
            done += written
        }
    }

    /// Writes all of `bytes` at the end of a stream, such as standard output.
    package static func write(_ descriptor: Descriptor, _ bytes: [UInt8], path: String) throws(ColonnadeError) {
        var done = 0
        while done < bytes.count {
            done += try retrying("write", path) {
                unsafe bytes[done...].withUnsafeBytes { unsafe systemWrite(descriptor, $0.baseAddress, $0.count) }
            }
        }
    }

    package static func truncate(_ descriptor: Descriptor, to length: Int, path: String) throws(ColonnadeError) {
        _ = try retrying("ftruncate", path) { ftruncate(descriptor, off_t(length)) }
    }

    /// Makes all written bytes durable. Until it returns, a loss of power may lose them.
    package static func synchronize(_ descriptor: Descriptor, path: String) throws(ColonnadeError) {
        #if canImport(Darwin)
            // `fsync` on Darwin does not empty the cache of the drive.
            if fcntl(descriptor, F_FULLFSYNC) == 0 { return }
        #endif
        _ = try retrying("fsync", path) { fsync(descriptor) }
    }

    /// Asks the system to begin writing a range of bytes to the disk, so that `synchronize` waits less. A hint. No bytes mean those
    /// up to the end of the file.
    package static func beginWriteback(_ descriptor: Descriptor, offset: Int, count: Int) {
        colonnade_begin_writeback(descriptor, Int64(offset), Int64(count))
    }

    /// Asks the system to remove a range of bytes, which are on the disk, from memory. A hint.
    package static func releasePages(_ descriptor: Descriptor, offset: Int, count: Int) {
        colonnade_release_pages(descriptor, Int64(offset), Int64(count))
    }

    /// Takes an exclusive lock that ends with the descriptor or the process. Returns false if another holder has it.
    package static func lock(_ descriptor: Descriptor, path: String) throws(ColonnadeError) -> Bool {
        let code = attempt("flock") { flock(descriptor, LOCK_EX | LOCK_NB) }.code
        switch code {
        case 0: return true
        case EWOULDBLOCK: return false
        // A file system without locks cannot report another writer. Writing is still allowed there.
        case ENOTSUP, ENOLCK, ENOSYS: return true
        default: throw failure("flock", path, code)
        }
    }

    /// Releases the lock, even if a forked process also has the descriptor.
    package static func unlock(_ descriptor: Descriptor) { _ = flock(descriptor, LOCK_UN) }
}

// Inside `Syscalls` these names refer to its own functions.
func systemOpen(_ path: UnsafePointer<CChar>, _ flags: Int32, _ mode: mode_t) -> Int32 {
    unsafe open(path, flags, mode)
}
private func systemRead(_ descriptor: Int32, _ memory: UnsafeMutableRawPointer, _ count: Int) -> Int {
    unsafe read(descriptor, memory, count)
}
private func systemWrite(_ descriptor: Int32, _ memory: UnsafeRawPointer?, _ count: Int) -> Int {
    unsafe write(descriptor, memory, count)
}
