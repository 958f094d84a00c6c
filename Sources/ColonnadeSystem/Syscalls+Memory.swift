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

/// Mappings, and hints about their use.
extension Syscalls {
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

    /// A hint about the way in which mapped bytes will be read.
    package enum MemoryAdvice: Sendable {
        /// The bytes are read in no order: pages near an accessed page are not needed.
        case random
        /// The bytes are needed soon.
        case soon
        /// All bytes are needed, so that large pages are useful: the system then reads from the disk in pieces of 2
        /// MiB, and maps each as a whole.
        case all
    }

    package static func advise(_ bytes: UnsafeRawBufferPointer, _ advice: MemoryAdvice) {
        guard let (start, count) = unsafe pages(of: bytes) else { return }
        switch advice {
        case .random: unsafe _ = posix_madvise(start, count, POSIX_MADV_RANDOM)
        case .soon: unsafe _ = posix_madvise(start, count, POSIX_MADV_WILLNEED)
        case .all:
            #if os(Linux)
                // 14 is MADV_HUGEPAGE, a hint that a file system may ignore.
                unsafe _ = madvise(start, count, 14)
            #endif
        }
    }

    /// Reads bytes into memory and enters their pages in the page table before they are used.
    ///
    /// The function reads one byte in each 64 KiB. For each page that is accessed, Linux maps the pages around it that
    /// are in memory (64 KiB by default). This costs a quarter of MADV_POPULATE_READ, which looks up each page.
    package static func populate(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        unsafe colonnade_touch(base, bytes.count, 1 << 16)
    }

    /// Reads one byte of each page.
    package static func touch(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        unsafe colonnade_touch(base, bytes.count, pageSize)
    }

    private static let pageSize = Int(getpagesize())

    /// Returns the bytes extended to the beginning of their first page.
    private static func pages(of bytes: UnsafeRawBufferPointer) -> (UnsafeMutableRawPointer, Int)? {
        guard let base = bytes.baseAddress else { return nil }
        let lead = Int(bitPattern: base) % pageSize
        return unsafe (UnsafeMutableRawPointer(mutating: base - lead), bytes.count + lead)
    }

    /// Returns the memory that this process may fill with pages of files, in bytes: the memory of the machine, or the
    /// limit of its control group or container if that is less.
    package static func memoryLimit() -> Int {
        var limit = Int(sysconf(Int32(_SC_PHYS_PAGES))) * pageSize
        #if os(Linux)
            for path in controlGroupLimits() {
                if let bytes = number(inFile: path) { limit = min(limit, bytes) }
            }
        #endif
        return limit
    }

    /// Returns the paths of files that may contain the limit, for the whole container and for the control groups of
    /// this process.
    private static func controlGroupLimits() -> [String] {
        var paths = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        // A line has the form `number:controllers:/path`. The unified hierarchy names no controller.
        for line in (text(ofFile: "/proc/self/cgroup") ?? "").split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            var path = String(parts[2])
            while path.count > 1 {
                if parts[1].isEmpty { paths.append("/sys/fs/cgroup\(path)/memory.max") }
                if parts[1].split(separator: ",").contains("memory") {
                    paths.append("/sys/fs/cgroup/memory\(path)/memory.limit_in_bytes")
                }
                path = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
            }
        }
        return paths
    }

    private static func number(inFile path: String) -> Int? {
        text(ofFile: path).flatMap { Int($0.prefix { $0.isNumber }) }
    }

    /// Returns the beginning of a small text file, or nil if it cannot be read.
    package static func text(ofFile path: String) -> String? {
        guard let descriptor = try? open(path, .read) else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        var count = 0
        while count < bytes.count {
            let got = unsafe bytes.withUnsafeMutableBytes { memory in
                try? unsafe read(
                    descriptor, into: UnsafeMutableRawBufferPointer(rebasing: memory[count...]), path: path)
            }
            guard let got, got > 0 else { break }
            count += got
        }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
