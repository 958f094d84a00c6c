// SPDX-License-Identifier: Apache-2.0

import ColonnadeCodecs
import ColonnadeCore
import ColonnadeFormat

/// Decodes ranges of compressed regions, one region after another. It keeps the latest decoded block, so that reading rows in
/// order decodes each block once, and its memory and the state of the codecs, so that it allocates nothing for blocks of zstd
/// and LZ4 after the first ones.
///
/// Only one thread at a time may use a decoder.
@safe
final class BlockDecoder: @unchecked Sendable {
    /// The identity of a region in all open files.
    struct Key: Hashable {
        var dataset: ObjectIdentifier
        var segment: Int
        var region: Int
    }

    private var current: (key: Key, region: BlockedRegion, codec: any BlockCodec)?
    private var zstd: ZstdCodec?
    private let lz4 = LZ4Codec()
    private var memory = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var decodedBlock = -1
    /// Whether blocks are also checked for R38, which costs as much as decoding.
    private let isVerifying: Bool

    init(isVerifying: Bool = false) { self.isVerifying = isVerifying }

    deinit { unsafe memory.deallocate() }

    /// Leaves the current region, whose file may be closed before the decoder is used again.
    func close() { current = nil }

    /// Returns whether a region is the current one.
    func isOpen(_ key: Key) -> Bool { current?.key == key }

    /// Makes a region the current one. Throws `corruptFile` (R37).
    ///
    /// - Parameters:
    ///   - key: the identity of the region.
    ///   - stored: the bytes of the region in the file; they must outlive the next call of `open` or `close`.
    ///   - length: the number of decoded bytes.
    ///   - codec: a codec that is not plain.
    @unsafe func open(
        _ key: Key, _ stored: UnsafeRawBufferPointer, length: Int, codec: CodecID
    ) throws(ColonnadeError) {
        current = nil
        decodedBlock = -1
        let region = try unsafe BlockedRegion(stored: stored, length: length, headerSize: codec.headerSize)
        current = (key, region, self.codec(codec))
    }

    private func codec(_ id: CodecID) -> any BlockCodec {
        switch id {
        case .plain: preconditionFailure("plain regions are not decoded")
        case .zlib: return ZlibCodec()
        case .lz4: return lz4
        case .zstd:
            let codec = zstd ?? ZstdCodec()
            zstd = codec
            return codec
        }
    }

    /// Copies the decoded bytes from the offset `start` of the current region to `output`. Traps if the range is beyond its end.
    /// Throws `corruptFile` (R28) and the errors of `check`.
    ///
    /// - Parameter check: called with each range of the region before it is read.
    @unsafe func read(
        from start: Int, into output: UnsafeMutableRawBufferPointer,
        check: (Range<Int>) throws(ColonnadeError) -> Void
    ) throws(ColonnadeError) {
        guard let region = current?.region else { preconditionFailure("no region is open") }
        precondition(start >= 0 && start + output.count <= region.length, "a read past the end of a region")
        var done = 0
        while done < output.count {
            let block = (start + done) / region.blockSize
            let within = (start + done) % region.blockSize
            let blockLength = region.length(ofBlock: block)
            let count = min(blockLength - within, output.count - done)
            let target = unsafe UnsafeMutableRawBufferPointer(rebasing: output[done..<done + count])
            if count == blockLength {
                try unsafe decode(block, into: target, check)
            } else {
                try load(block, check)
                unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[within..<within + count]))
            }
            done += count
        }
    }

    /// Returns decoded bytes of the current region, which are valid until the next call; nil if they are in several blocks. Traps
    /// and throws as `read` does.
    func bytes(
        _ range: Range<Int>, check: (Range<Int>) throws(ColonnadeError) -> Void
    ) throws(ColonnadeError) -> UnsafeRawBufferPointer? {
        guard let region = current?.region else { preconditionFailure("no region is open") }
        precondition(range.lowerBound >= 0 && range.upperBound <= region.length, "a read past the end of a region")
        guard !range.isEmpty else { return nil }
        let block = range.lowerBound / region.blockSize
        guard (range.upperBound - 1) / region.blockSize == block else { return nil }
        try load(block, check)
        let within = range.lowerBound - block * region.blockSize
        return unsafe UnsafeRawBufferPointer(rebasing: memory[within..<within + range.count])
    }

    /// Checks all entries of the index of the current region. Throws `corruptFile` (R28).
    func validateIndex() throws(ColonnadeError) { try current?.region.validateIndex() }

    private func load(
        _ block: Int, _ check: (Range<Int>) throws(ColonnadeError) -> Void
    ) throws(ColonnadeError) {
        if decodedBlock == block { return }
        decodedBlock = -1
        guard let region = current?.region else { preconditionFailure("no region is open") }
        if unsafe memory.count < region.blockSize {
            unsafe memory.deallocate()
            unsafe memory = .allocate(byteCount: region.blockSize, alignment: 64)
        }
        let target = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[..<region.length(ofBlock: block)])
        try unsafe decode(block, into: target, check)
        decodedBlock = block
    }

    private func decode(
        _ block: Int, into output: UnsafeMutableRawBufferPointer, _ check: (Range<Int>) throws(ColonnadeError) -> Void
    ) throws(ColonnadeError) {
        guard let (_, region, codec) = current else { preconditionFailure("no region is open") }
        try check(region.indexRange(ofBlock: block))
        let range = try region.range(ofBlock: block)
        try check(range)
        try unsafe region.decode(range, with: codec, into: output, checkingDistances: isVerifying)
    }
}
