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

/// The calls of the operating system that we make, each retried when a signal interrupts it, each an error that says which
/// call failed on what. The only file that imports the C library.
///
/// In debug builds a test can make any of them fail: see `FaultInjection`.
package enum Syscalls {
    package typealias Descriptor = Int32

    package struct Status: Sendable {
        package var byteCount: Int
        package var isRegular: Bool
        package var isFolder: Bool
        package var linkCount: Int
        package var permissions: UInt32
        package var identity: Identity
    }

    package enum OpenMode: Sendable {
        case read
        /// Opening a pipe does not wait for its writer. For regular files there is no difference.
        case readWithoutWaiting
        case readWrite
        case createNew
    }

    /// What file it is, whatever its names are.
    package struct Identity: Sendable, Hashable {
        fileprivate var device: UInt64
        fileprivate var number: UInt64
    }

    package enum Advice: Sendable { case normal, random, sequential, willNeed, populate }

    // MARK: Files

    package static func open(_ path: String, _ mode: OpenMode) throws(ColonnadeError) -> Descriptor {
        let flags =
            switch mode {
            case .read: O_RDONLY | O_CLOEXEC
            case .readWithoutWaiting: O_RDONLY | O_NONBLOCK | O_CLOEXEC
            case .readWrite: O_RDWR | O_CLOEXEC
            case .createNew: O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC
            }
        return try retrying("open", path) { unsafe systemOpen(path, flags, 0o666) }
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

    /// Of a name; nil if there is nothing of that name.
    package static func status(path: String) throws(ColonnadeError) -> Status? {
        var info = stat()
        do throws(ColonnadeError) {
            _ = try retrying("stat", path) { unsafe stat(path, &info) }
        } catch {
            if error.code == .fileNotFound { return nil }
            throw error
        }
        return Status(info)
    }

    package static func setPermissions(_ descriptor: Descriptor, _ permissions: UInt32, path: String)
        throws(ColonnadeError)
    {
        _ = try retrying("fchmod", path) { fchmod(descriptor, mode_t(permissions)) }
    }

    package static func read(
        _ descriptor: Descriptor, into memory: UnsafeMutableRawBufferPointer, path: String
    ) throws(ColonnadeError) -> Int {
        guard let base = memory.baseAddress else { return 0 }
        return try retrying("read", path) { unsafe systemRead(descriptor, base, memory.count) }
    }

    package static func seek(_ descriptor: Descriptor, to offset: Int, path: String) throws(ColonnadeError) {
        _ = try retrying("lseek", path) { Int(lseek(descriptor, off_t(offset), SEEK_SET)) }
    }

    /// Writes all of `bytes` at `offset`.
    package static func write(
        _ descriptor: Descriptor, _ bytes: UnsafeRawBufferPointer, at offset: Int, path: String
    ) throws(ColonnadeError) {
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

    /// Until it returns, nothing written is sure to survive a loss of power.
    package static func synchronize(_ descriptor: Descriptor, path: String) throws(ColonnadeError) {
        #if canImport(Darwin)
            // fsync on Darwin stops at the drive's cache.
            if fcntl(descriptor, F_FULLFSYNC) == 0 { return }
        #endif
        _ = try retrying("fsync", path) { fsync(descriptor) }
    }

    /// Asks the system to begin writing these bytes to the disk, so that `synchronize` has less to wait for. A hint.
    package static func beginWriteback(_ descriptor: Descriptor, offset: Int, count: Int) {
        colonnade_begin_writeback(descriptor, Int64(offset), Int64(count))
    }

    // MARK: Names

    package static func rename(_ source: String, to target: String) throws(ColonnadeError) {
        _ = try retrying("rename", target) { unsafe systemRename(source, target) }
    }

    /// A second name for a file; fails with `fileExists` if that name is taken.
    package static func link(_ source: String, to target: String) throws(ColonnadeError) {
        _ = try retrying("link", target) { unsafe systemLink(source, target) }
    }

    package static func unlink(_ path: String) throws(ColonnadeError) {
        _ = try retrying("unlink", path) { unsafe systemUnlink(path) }
    }

    /// Names in a folder, in no order.
    package static func names(inFolder path: String) throws(ColonnadeError) -> [String] {
        let address = try retrying("opendir", path) { unsafe opendir(path).map { Int(bitPattern: $0) } ?? -1 }
        guard let folder = unsafe Folder(bitPattern: address) else { return [] }
        defer { unsafe _ = closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 1) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    // MARK: Locks

    /// An exclusive lock that ends with the descriptor or the process; false if another holds it.
    package static func lock(_ descriptor: Descriptor, path: String) throws(ColonnadeError) -> Bool {
        let code = attempt("flock") { flock(descriptor, LOCK_EX | LOCK_NB) }.code
        switch code {
        case 0: return true
        case EWOULDBLOCK: return false
        // A file system without locks cannot tell us of another writer; it must not keep us from working.
        case ENOTSUP, ENOLCK, ENOSYS: return true
        default: throw failure("flock", path, code)
        }
    }

    // MARK: Mappings

    package static func map(_ descriptor: Descriptor, count: Int, path: String) throws(ColonnadeError)
        -> UnsafeRawBufferPointer
    {
        let address = try retrying("mmap", path) {
            unsafe Int(bitPattern: mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0))
        }
        return unsafe UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address), count: count)
    }

    package static func unmap(_ bytes: UnsafeRawBufferPointer) {
        unsafe _ = munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    }

    /// A hint; that it cannot be followed is no error.
    package static func advise(_ bytes: UnsafeRawBufferPointer, _ advice: Advice) {
        guard let base = bytes.baseAddress else { return }
        let page = Int(getpagesize())
        let address = UInt(bitPattern: base)
        let lead = Int(address % UInt(page))
        let start = unsafe UnsafeMutableRawPointer(mutating: base - lead)
        #if os(Linux)
            // Makes the entries of the page table at once, where there is this call (Linux 5.14), and not fault by fault.
            let populateRead: Int32 = 22  // MADV_POPULATE_READ
            if advice == .populate, unsafe madvise(start, bytes.count + lead, populateRead) == 0 { return }
        #endif
        let code =
            switch advice {
            case .normal: POSIX_MADV_NORMAL
            case .random: POSIX_MADV_RANDOM
            case .sequential: POSIX_MADV_SEQUENTIAL
            case .willNeed, .populate: POSIX_MADV_WILLNEED
            }
        unsafe _ = posix_madvise(start, bytes.count + lead, code)
    }

    // MARK: Process and terminal

    package static func isTerminal(_ descriptor: Descriptor) -> Bool { isatty(descriptor) == 1 }

    /// Columns of the terminal behind that descriptor, or nil.
    package static func terminalWidth(_ descriptor: Descriptor) -> Int? {
        var size = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// The most memory that this process has had resident, in bytes.
    package static func peakResidentBytes() -> Int {
        var usage = rusage()
        #if canImport(Darwin)
            _ = unsafe getrusage(RUSAGE_SELF, &usage)
            return usage.ru_maxrss
        #elseif canImport(Musl)
            _ = unsafe getrusage(RUSAGE_SELF, &usage)
            return usage.ru_maxrss * 1024
        #else
            _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            return usage.ru_maxrss * 1024
        #endif
    }

    package static var processorCount: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    package static var processIdentifier: Int { Int(getpid()) }

    package static func onInterrupt(_ handler: @convention(c) (Int32) -> Void) {
        for number in [SIGINT, SIGTERM] { _ = signal(number, handler) }
    }

    /// Ends the process without any clean-up; may be called in a signal handler.
    package static func exitNow(_ code: Int32) -> Never { _exit(code) }

    // MARK: How a call is made

    /// The result of a call that gives -1 where it fails. Throws what failed.
    private static func retrying<Result: FixedWidthInteger>(
        _ call: StaticString, _ path: String, _ body: () -> Result
    ) throws(ColonnadeError) -> Result {
        let (result, code) = attempt(call, body)
        guard code == 0 else { throw failure(call, path, code) }
        return result
    }

    /// Makes the call until no signal interrupts it. Gives what it gave, and the error, or 0.
    private static func attempt<Result: FixedWidthInteger>(
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

    private static func failure(_ call: StaticString, _ path: String, _ code: Int32) -> ColonnadeError {
        let reason = unsafe String(cString: strerror(code))
        let place = ColonnadeError.Place.file(path)
        switch code {
        case ENOENT, ENOTDIR:
            return ColonnadeError(.fileNotFound, "no such file or folder: check the path", at: place)
        case EEXIST:
            return ColonnadeError(
                .fileExists, "it is there already: choose another name, or replace it (--force)", at: place)
        case ENOSPC, EDQUOT:
            return ColonnadeError(.system, "the disk is full (\(reason)): make room, then run this again", at: place)
        case EACCES, EPERM, EROFS:
            return ColonnadeError(.system, "no permission (\(call): \(reason))", at: place)
        default:
            return ColonnadeError(.system, "\(call) failed: \(reason)", at: place)
        }
    }
}

extension Syscalls.Status {
    fileprivate init(_ info: stat) {
        byteCount = Int(info.st_size)
        isRegular = info.st_mode & S_IFMT == S_IFREG
        isFolder = info.st_mode & S_IFMT == S_IFDIR
        linkCount = Int(info.st_nlink)
        permissions = UInt32(info.st_mode & 0o7777)
        identity = Syscalls.Identity(
            device: UInt64(truncatingIfNeeded: info.st_dev), number: UInt64(truncatingIfNeeded: info.st_ino))
    }
}

#if canImport(Darwin)
    private typealias Folder = UnsafeMutablePointer<DIR>
#else
    private typealias Folder = OpaquePointer
#endif

// Inside `Syscalls` these names mean its own functions.
private func systemOpen(_ path: UnsafePointer<CChar>, _ flags: Int32, _ mode: mode_t) -> Int32 {
    unsafe open(path, flags, mode)
}
private func systemRead(_ descriptor: Int32, _ memory: UnsafeMutableRawPointer, _ count: Int) -> Int {
    unsafe read(descriptor, memory, count)
}
private func systemWrite(_ descriptor: Int32, _ memory: UnsafeRawPointer?, _ count: Int) -> Int {
    unsafe write(descriptor, memory, count)
}
private func systemRename(_ source: UnsafePointer<CChar>, _ target: UnsafePointer<CChar>) -> Int32 {
    unsafe rename(source, target)
}
private func systemLink(_ source: UnsafePointer<CChar>, _ target: UnsafePointer<CChar>) -> Int32 {
    unsafe link(source, target)
}
private func systemUnlink(_ path: UnsafePointer<CChar>) -> Int32 { unsafe unlink(path) }
