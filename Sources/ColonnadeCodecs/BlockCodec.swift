// SPDX-License-Identifier: Apache-2.0

/// A method to encode blocks of bytes, each independently. Each codec has one file in this folder, and a number in
/// `formats/colonnade-1.md`.
package protocol BlockCodec: Sendable {
    /// Appends the stored form of `block` to `output`. Returns false, and leaves `output` unchanged, if the stored form
    /// would not be shorter than the block.
    func encode(_ block: RawSpan, appendingTo output: inout [UInt8]) -> Bool

    /// Decodes the block stored in `bytes` into `output`. Returns false if `bytes` is not exactly one valid block.
    /// Arbitrary bytes are safe.
    @unsafe func decode(_ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Bool
}
