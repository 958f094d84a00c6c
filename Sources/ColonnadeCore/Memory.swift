// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Allocates and frees memory of the C library, and makes the error for a failed allocation.
enum Memory {
    /// The number of the process that has the memory. It differs in a forked child.
    static var processIdentifier: Int32 { getpid() }

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
