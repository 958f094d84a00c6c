// SPDX-License-Identifier: Apache-2.0

/// A way to store blocks of bytes, each by itself. A codec is one file here, and a number in `formats/colonnade-1.md`.
package protocol BlockCodec: Sendable {
    /// Appends the stored form of `block` to `output`; false if it would not be shorter than the block, in which case
    /// `output` is as it was.
    func encode(_ block: RawSpan, appendingTo output: inout [UInt8]) -> Bool

    /// Writes the block stored in `bytes` to `output`; false if that is not exactly what they hold. Any bytes are safe.
    @unsafe func decode(_ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Bool
}
