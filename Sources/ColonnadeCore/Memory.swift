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

    static func allocate(_ byteCount: Int, alignment: Int) -> UnsafeMutableRawPointer? {
        precondition(byteCount >= 0, "memory cannot have a negative size")
        var memory: UnsafeMutableRawPointer?
        guard unsafe posix_memalign(&memory, alignment, max(byteCount, 1)) == 0 else { return nil }
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
