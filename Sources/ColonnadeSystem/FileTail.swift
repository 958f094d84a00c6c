// SPDX-License-Identifier: Apache-2.0

/// The last bytes of a mapped file that depend on its contents, as they were when the file was opened. A file that becomes
/// shorter loses them, and a file that is overwritten in place gets others. Valid as long as the mapping is.
@safe
package struct FileTail: @unchecked Sendable {
    private let address: UnsafeRawPointer
    private let bytes: SIMD4<UInt64>

    /// Remembers the 32 bytes before that offset; nil where the mapping does not have them all.
    init?(of mapping: UnsafeRawBufferPointer, before end: Int) {
        let start = end - MemoryLayout<SIMD4<UInt64>>.size
        guard start >= 0, end <= mapping.count, let base = mapping.baseAddress else { return nil }
        unsafe address = base + start
        bytes = unsafe (base + start).loadUnaligned(as: SIMD4<UInt64>.self)
    }

    /// Whether the file still has these bytes. One load.
    package var isUnchanged: Bool { unsafe address.loadUnaligned(as: SIMD4<UInt64>.self) == bytes }
}
