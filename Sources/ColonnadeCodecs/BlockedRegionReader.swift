// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// Decodes ranges of one stored region. It keeps the latest decoded block, so that reading rows in order decodes each
/// block once.
///
/// Only one thread at a time may use a reader.
@safe
package struct BlockedRegionReader<Codec: BlockCodec> {
    private let stored: UnsafeRawBufferPointer
    private let length: Int
    private let blockSize: Int
    private let codec: Codec
    private var decoded: [UInt8] = []
    private var decodedBlock = -1

    /// - Parameters:
    ///   - stored: the region in the file, at least as long as its index; it must outlive this value.
    ///   - length: the number of bytes after decoding.
    @unsafe package init(stored: UnsafeRawBufferPointer, length: Int, blockSize: Int, codec: Codec) {
        unsafe self.stored = unsafe stored
        self.length = length
        self.blockSize = blockSize
        self.codec = codec
    }

    private var blockCount: Int { (length + blockSize - 1) / blockSize }

    /// Copies the decoded bytes from the offset `start` to `output`. Traps if the range is beyond the end. Throws
    /// `corruptFile` (R28).
    @unsafe package mutating func read(
        from start: Int, into output: UnsafeMutableRawBufferPointer
    ) throws(ColonnadeError) {
        precondition(start >= 0 && start + output.count <= length, "a read past the end of a region")
        var done = 0
        while done < output.count {
            let block = (start + done) / blockSize
            let within = (start + done) % blockSize
            let blockLength = min(blockSize, length - block * blockSize)
            let count = min(blockLength - within, output.count - done)
            let target = unsafe UnsafeMutableRawBufferPointer(rebasing: output[done..<done + count])
            if count == blockLength {
                try unsafe decode(block, into: target)
            } else {
                try load(block, length: blockLength)
                unsafe decoded.withUnsafeBytes { source in
                    unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[within..<within + count]))
                }
            }
            done += count
        }
    }

    private mutating func load(_ block: Int, length: Int) throws(ColonnadeError) {
        if decodedBlock == block { return }
        decodedBlock = -1
        // The memory is moved out of `self` during decoding, because decoding also reads `self`.
        var memory: [UInt8] = []
        swap(&memory, &decoded)
        if memory.count != length { memory = [UInt8](repeating: 0, count: length) }
        var failure: ColonnadeError?
        unsafe memory.withUnsafeMutableBytes { target in
            do throws(ColonnadeError) {
                try unsafe decode(block, into: target)
            } catch {
                failure = error
            }
        }
        decoded = memory
        if let failure { throw failure }
        decodedBlock = block
    }

    private func decode(_ block: Int, into output: UnsafeMutableRawBufferPointer) throws(ColonnadeError) {
        let begin = try block == 0 ? 0 : end(ofBlock: block - 1)
        let end = try end(ofBlock: block)
        let space = unsafe stored.count - 8 * blockCount
        guard begin <= end, end <= space, block < blockCount - 1 || end == space else {
            throw broken("the index of a compressed region is wrong")
        }
        let start = 8 * blockCount + begin
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: stored[start..<start + end - begin])
        if bytes.count == output.count {
            unsafe output.copyMemory(from: bytes)
        } else if unsafe bytes.count > output.count || !codec.decode(bytes, into: output) {
            throw broken("a compressed block does not decode to its \(output.count) bytes")
        }
    }

    private func end(ofBlock block: Int) throws(ColonnadeError) -> Int {
        let value = unsafe UInt64(littleEndian: stored.loadUnaligned(fromByteOffset: 8 * block, as: UInt64.self))
        guard let end = Int(exactly: value) else { throw broken("the index of a compressed region is wrong") }
        return end
    }

    /// Checks all entries of the index, and that the last block ends at the end of the region.
    package func validateIndex() throws(ColonnadeError) {
        var previous = 0
        for block in 0..<blockCount {
            let end = try end(ofBlock: block)
            guard end >= previous else { throw broken("the index of a compressed region decreases") }
            previous = end
        }
        guard unsafe previous == stored.count - 8 * blockCount else {
            throw broken("the index of a compressed region does not end where the region does")
        }
    }

    private func broken(_ message: String) -> ColonnadeError {
        ColonnadeError(.corruptFile, "the file is damaged: \(message)", rule: 28)
    }
}
