// SPDX-License-Identifier: Apache-2.0

import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Allocates and frees memory of the C library, and makes the error for a failed allocation.
enum Memory {
    /// The number of forks between the start of the program and this process. A lock that was made at another number may be
    /// held for ever, by a thread that exists only in the parent.
    static var forkCount: Int {
        _ = countsForks
        return forks.load(ordering: .relaxed)
    }

    private static let forks = Atomic<Int>(0)
    private static let countsForks: Bool = {
        // The handler runs in the child, where only calls that are safe in signal handlers are allowed.
        pthread_atfork(nil, nil) { Memory.forks.add(1, ordering: .relaxed) } == 0
    }()

    /// The size of a large page on most processors. Memory of at least two of them asks for large pages: new memory of other
    /// pages costs a fault for each 4 KiB, and batches of megabytes are often new.
    private static let largePage = 2 << 20

    /// Returns uninitialised memory, or nil if there is not enough.
    static func allocate(_ byteCount: Int, alignment: Int) -> UnsafeMutableRawPointer? {
        precondition(byteCount >= 0, "memory cannot have a negative size")
        let isLarge = byteCount >= 2 * largePage
        var memory: UnsafeMutableRawPointer?
        let aligned = isLarge ? max(alignment, largePage) : alignment
        guard unsafe posix_memalign(&memory, aligned, max(byteCount, 1)) == 0 else { return nil }
        #if os(Linux)
            // 14 is MADV_HUGEPAGE, a hint that the system may ignore. A last part that is no large page is left as it is, so that
            // no memory is used beyond the end.
            if isLarge { unsafe _ = madvise(memory, byteCount / largePage * largePage, 14) }
        #endif
        return unsafe memory
    }

    static func free(_ memory: UnsafeMutableRawPointer) {
        #if canImport(Darwin)
            unsafe Darwin.free(memory)
        #elseif canImport(Musl)
            unsafe Musl.free(memory)
        #else
            unsafe Glibc.free(memory)
        #endif
    }

    static func refusal(_ byteCount: Int) -> ColonnadeError {
        ColonnadeError(
            .outOfMemory,
            "there is no memory for \(byteCount) bytes: use smaller batches, or prefetch fewer of them")
    }
}
