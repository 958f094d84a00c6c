// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// A region that is divided into blocks, each encoded by a codec. An index with the end of each block precedes the
/// blocks, and for most codecs a header with the size of the blocks precedes the index (`formats/colonnade-1.md`,
/// section 6).
@safe
package struct BlockedRegion {
    /// The number of decoded bytes in a block of a region without a header.
    package static let largestBlock = 1 << 16
    /// The exponents of the sizes of blocks.
    private static let exponents = 12...16

    private let stored: UnsafeRawBufferPointer
    private let storedLength: Int
    private let headerSize: Int
    /// The number of bytes after decoding.
    package let length: Int
    /// The number of decoded bytes of each block but the last.
    package let blockSize: Int

    /// Reads the header of a region. Throws `corruptFile` (R37).
    ///
    /// - Parameters:
    ///   - stored: the region in the file; it must outlive this value. It must have the bytes that R26 requires.
    ///   - length: the number of bytes after decoding.
    ///   - headerSize: the number of bytes before the index.
    @unsafe package init(stored: UnsafeRawBufferPointer, length: Int, headerSize: Int) throws(ColonnadeError) {
        unsafe self.stored = unsafe stored
        storedLength = stored.count
        self.length = length
        self.headerSize = headerSize
        guard headerSize > 0, length > 0 else {
            blockSize = Self.largestBlock
            return
        }
        let exponent = unsafe Int(stored[0])
        guard Self.exponents.contains(exponent), unsafe !stored[1..<headerSize].contains(where: { $0 != 0 }) else {
            throw Self.broken("a compressed region has no valid header", rule: 37)
        }
        blockSize = 1 << exponent
        guard headerSize + 8 * blockCount <= storedLength else {
            throw Self.broken("a compressed region is too short for its index", rule: 37)
        }
    }

    package var blockCount: Int { (length + blockSize - 1) / blockSize }

    /// Returns the number of decoded bytes of a block.
    package func length(ofBlock block: Int) -> Int { min(blockSize, length - block * blockSize) }

    /// Returns the bytes of the index that locate a block.
    package func indexRange(ofBlock block: Int) -> Range<Int> {
        headerSize + 8 * max(block - 1, 0)..<headerSize + 8 * (block + 1)
    }

    /// Returns the range of the region that stores a block. Throws `corruptFile` (R28).
    package func range(ofBlock block: Int) throws(ColonnadeError) -> Range<Int> {
        let begin = try block == 0 ? 0 : end(ofBlock: block - 1)
        let end = try end(ofBlock: block)
        let start = headerSize + 8 * blockCount
        // No block takes more than its decoded bytes, so that a wrong index makes nobody request more.
        guard begin <= end, end - begin <= length(ofBlock: block), end <= storedLength - start,
            block < blockCount - 1 || end == storedLength - start
        else {
            throw Self.broken("the index of a compressed region is wrong")
        }
        return start + begin..<start + end
    }

    /// Decodes a block that is stored in a range into `output`. Throws `corruptFile` (R28, and R38 if it is checked).
    @unsafe package func decode(
        _ range: Range<Int>, with codec: any BlockCodec, into output: UnsafeMutableRawBufferPointer,
        checkingDistances: Bool
    ) throws(ColonnadeError) {
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: stored[range])
        if bytes.count == output.count {
            unsafe output.copyMemory(from: bytes)
        } else if unsafe bytes.count > output.count || !codec.decode(bytes, into: output) {
            throw Self.broken("a compressed block does not decode to its \(output.count) bytes")
        } else if checkingDistances, unsafe !codec.hasNoDistanceOfZero(bytes) {
            throw Self.broken("a compressed block has a match at a distance of 0", rule: 38)
        }
    }

    private func end(ofBlock block: Int) throws(ColonnadeError) -> Int {
        let value = unsafe UInt64(
            littleEndian: stored.loadUnaligned(fromByteOffset: headerSize + 8 * block, as: UInt64.self))
        guard let end = Int(exactly: value) else { throw Self.broken("the index of a compressed region is wrong") }
        return end
    }

    /// Checks all entries of the index, and that the last block ends at the end of the region. Throws `corruptFile` (R28).
    package func validateIndex() throws(ColonnadeError) {
        var previous = 0
        for block in 0..<blockCount {
            let end = try end(ofBlock: block)
            guard end >= previous else { throw Self.broken("the index of a compressed region decreases") }
            previous = end
        }
        guard length == 0 || previous == storedLength - headerSize - 8 * blockCount else {
            throw Self.broken("the index of a compressed region does not end where the region does")
        }
    }

    private static func broken(_ message: String, rule: Int = 28) -> ColonnadeError {
        ColonnadeError(.corruptFile, "the file is damaged: \(message)", rule: rule)
    }

    // MARK: Writing

    /// Returns the stored form of `bytes`. O(n).
    ///
    /// - Parameters:
    ///   - rowBytes: the average number of bytes of a row, which determines the size of the blocks if there is a header.
    ///   - headerSize: the number of bytes before the index.
    package static func encode(
        _ bytes: RawSpan, rowBytes: Int, headerSize: Int, with codec: any BlockCodec
    ) -> [UInt8] {
        guard bytes.byteCount > 0 else { return [] }
        let exponent = headerSize > 0 ? exponent(rowBytes: rowBytes) : exponents.upperBound
        let blockSize = 1 << exponent
        let count = (bytes.byteCount + blockSize - 1) / blockSize
        var blocks: [UInt8] = []
        var index = [UInt8](repeating: 0, count: headerSize)
        if headerSize > 0 { index[0] = UInt8(exponent) }
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

    /// Returns the exponent of the size of blocks. A row in random order costs the decoding of about one block more than
    /// it has bytes, so small rows have the smallest blocks, and others have blocks of at most a quarter of a row.
    private static func exponent(rowBytes: Int) -> Int {
        var exponent = exponents.lowerBound
        while exponent < exponents.upperBound, 4 << (exponent + 1) <= rowBytes { exponent += 1 }
        return exponent
    }
}
