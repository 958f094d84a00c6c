// SPDX-License-Identifier: Apache-2.0

/// The last used bytes of a mapped file as they were when the file was opened. They depend on the contents of the file:
/// a file that becomes shorter loses them, and a file that is overwritten in place has others. A tail is valid as long
/// as the mapping.
@safe
package struct FileTail: @unchecked Sendable {
    private let address: UnsafeRawPointer
    private let bytes: SIMD4<UInt64>

    /// Reads the 32 bytes before an offset. Returns nil if the mapping does not contain all of them.
    init?(of mapping: UnsafeRawBufferPointer, before end: Int) {
        let start = end - MemoryLayout<SIMD4<UInt64>>.size
        guard start >= 0, end <= mapping.count, let base = mapping.baseAddress else { return nil }
        unsafe address = base + start
        bytes = unsafe (base + start).loadUnaligned(as: SIMD4<UInt64>.self)
    }

    /// Whether the file still has the bytes that were read when it was opened. One load.
    package var isUnchanged: Bool { unsafe address.loadUnaligned(as: SIMD4<UInt64>.self) == bytes }
}
