// SPDX-License-Identifier: Apache-2.0

/// A region that is divided into blocks, each encoded by a codec. An index with the end of each block precedes the
/// blocks (`formats/colonnade-1.md`, section 6).
package enum BlockedRegion {
    /// Returns the stored form of `bytes`. O(n).
    package static func encode(_ bytes: RawSpan, blockSize: Int, with codec: some BlockCodec) -> [UInt8] {
        let count = (bytes.byteCount + blockSize - 1) / blockSize
        var blocks: [UInt8] = []
        var index: [UInt8] = []
        for block in 0..<count {
            let start = block * blockSize
            let piece = bytes.extracting(start..<min(start + blockSize, bytes.byteCount))
            if !codec.encode(piece, appendingTo: &blocks) {
                unsafe piece.withUnsafeBytes { unsafe blocks.append(contentsOf: $0) }
            }
            for shift in stride(from: 0, to: 64, by: 8) {
                index.append(UInt8(truncatingIfNeeded: UInt64(blocks.count) >> UInt64(shift)))
            }
        }
        return index + blocks
    }
}
