// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The chunks of a RIFF or IFF file: each has a name of four letters, a size and contents.
struct SoundChunks {
    /// Reads bytes of a file. The range is inside of it.
    typealias Read = (_ range: Range<Int>) throws(ColonnadeError) -> [UInt8]

    struct Chunk {
        var name: String
        /// The size that the header says.
        var size: Int
        /// The offset of the contents in the file.
        var start: Int
    }

    /// The largest number of chunks before the sound. Files have a handful.
    private static let mostChunks = 10_000

    let byteCount: Int
    let isBigEndian: Bool
    private let read: Read
    private var next = 12
    private var count = 0

    init(byteCount: Int, isBigEndian: Bool, read: @escaping Read) {
        (self.byteCount, self.isBigEndian, self.read) = (byteCount, isBigEndian, read)
    }

    /// Returns the next chunk; nil at the end of the file.
    mutating func nextChunk() throws(ColonnadeError) -> Chunk? {
        guard next < byteCount else { return nil }
        count += 1
        guard count <= SoundChunks.mostChunks else { throw SoundChunks.damaged("it has too many chunks") }
        guard byteCount - next >= 8 else {
            // One byte of padding, or zeros, may follow the last chunk.
            if try read(next..<byteCount).allSatisfy({ $0 == 0 }) { return nil }
            throw SoundChunks.damaged("it ends within the header of a chunk, at byte \(next)")
        }
        let head = try read(next..<next + 8)
        let chunk = Chunk(
            name: String(decoding: head[..<4], as: UTF8.self), size: number(head[4...]), start: next + 8)
        next = chunk.start.saturatingSum(chunk.size.saturatingSum(chunk.size % 2))
        return chunk
    }

    /// Returns the first bytes of a chunk, which must have so many.
    func contents(_ chunk: Chunk, count: Int) throws(ColonnadeError) -> [UInt8] {
        guard chunk.size >= count, byteCount - chunk.start >= count else {
            throw SoundChunks.damaged(
                "its chunk \"\(chunk.name)\" at byte \(chunk.start) needs \(count) bytes: it is truncated")
        }
        return try read(chunk.start..<chunk.start + count)
    }

    /// Returns the place of `size` bytes, which must be in the file.
    func range(from start: Int, size: Int) throws(ColonnadeError) -> Range<Int> {
        guard start <= byteCount, size <= byteCount - start else {
            throw SoundChunks.damaged(
                "its header says that \(size) bytes of sound begin at byte \(start), and it has \(byteCount) bytes: it is "
                    + "truncated")
        }
        return start..<start + size
    }

    /// Returns an unsigned number in the byte order of the file. It has at most 7 bytes.
    func number(_ bytes: ArraySlice<UInt8>) -> Int {
        let ordered = isBigEndian ? Array(bytes) : bytes.reversed()
        return ordered.reduce(0) { $0 << 8 | Int($1) }
    }

    static func damaged(_ problem: String) -> ColonnadeError {
        ColonnadeError(.invalidSource, "\(problem): get the file again, or leave it out")
    }
}
