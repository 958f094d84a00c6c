// SPDX-License-Identifier: Apache-2.0

/// A method to encode blocks of bytes, each independently. Each codec has one file in this folder, and a number in
/// `formats/colonnade-1.md`.
///
/// A codec may have state that it reuses, so that only one thread at a time may use it.
package protocol BlockCodec {
    /// Appends the stored form of `block` to `output`. Returns false, and leaves `output` unchanged, if the stored form
    /// would not be shorter than the block.
    func encode(_ block: RawSpan, appendingTo output: inout [UInt8]) -> Bool

    /// Decodes the block stored in `bytes` into `output`. Returns false if `bytes` is not one block that decodes to exactly as many
    /// bytes. Arbitrary bytes are safe. A block that breaks other rules of its codec may be accepted; then all bytes of `output`
    /// are written, with values that no rule determines.
    @unsafe func decode(_ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Bool

    /// Returns whether a block that `decode` accepts has no distance of 0 (R38).
    @unsafe func hasNoDistanceOfZero(_ bytes: UnsafeRawBufferPointer) -> Bool
}

extension BlockCodec {
    package func hasNoDistanceOfZero(_ bytes: UnsafeRawBufferPointer) -> Bool { true }
}

extension [UInt8] {
    /// Appends the stored form of a block, if it is shorter than the block.
    ///
    /// - Parameter encode: writes at most as many bytes as its second argument has. Returns their number, or nil if they
    ///   do not suffice.
    /// - Returns: whether bytes were appended.
    mutating func append(
        shorterFormOf block: RawSpan, _ encode: (UnsafeRawBufferPointer, UnsafeMutableBufferPointer<UInt8>) -> Int?
    ) -> Bool {
        guard block.byteCount > 1 else { return false }
        var isShorter = false
        append(addingCapacity: block.byteCount - 1) { output in
            unsafe block.withUnsafeBytes { source in
                unsafe output.withUnsafeMutableBufferPointer { memory, count in
                    guard let length = unsafe encode(source, memory) else { return }
                    count = length
                    isShorter = true
                }
            }
        }
        return isShorter
    }
}
