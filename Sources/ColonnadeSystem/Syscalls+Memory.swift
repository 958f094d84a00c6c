// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Mappings, and hints about them.
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

    /// Asks for these bytes to be in memory, and in the page table, before they are read. A hint; that it cannot be followed
    /// is no error.
    package static func populate(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        let page = Int(getpagesize())
        let address = UInt(bitPattern: base)
        let lead = Int(address % UInt(page))
        let start = unsafe UnsafeMutableRawPointer(mutating: base - lead)
        #if os(Linux)
            // MADV_POPULATE_READ (Linux 5.14): makes the entries of the page table at once, and not fault by fault.
            if unsafe madvise(start, bytes.count + lead, 22) == 0 { return }
        #endif
        unsafe _ = posix_madvise(start, bytes.count + lead, POSIX_MADV_WILLNEED)
    }
}
