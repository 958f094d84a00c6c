// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem
import Synchronization

/// Checks blocks of a file against their checksums, each once, when it is first touched.
final class BlockVerifier: Sendable {
    private let file: MappedFile
    private let layout: FileLayout
    /// Of each segment: which blocks have been checked. Filled in when the segment is first touched.
    private let checked: Mutex<[Int: [Bool]]>

    init(file: MappedFile, layout: FileLayout) {
        self.file = file
        self.layout = layout
        checked = Mutex([:])
    }

    /// Checks the blocks that these bytes of a segment are in. Throws `corruptFile` (R29).
    func check(_ segment: SegmentDescriptor, _ range: Range<Int>) throws(ColonnadeError) {
        guard !range.isEmpty else { return }
        let exponent = layout.footer.blockExponent
        let blocks = range.lowerBound >> exponent...(range.upperBound - 1) >> exponent
        let missing = checked.withLock { state -> [Int] in
            let known = state[segment.offset] ?? []
            return known.isEmpty ? Array(blocks) : blocks.filter { !known[$0] }
        }
        guard !missing.isEmpty else { return }
        // Outside the lock: two threads may check a block twice, and none waits for another.
        try file.withBytes { (bytes) throws(ColonnadeError) in
            let sums = try BlockVerifier.sums(of: segment, exponent: exponent, in: bytes)
            for block in missing { try BlockVerifier.check(block, of: segment, sums, exponent: exponent, in: bytes) }
        }
        checked.withLock { state in
            var known = state[segment.offset] ?? []
            if known.isEmpty {
                known = [Bool](repeating: false, count: segment.blockCount(exponent: exponent))
            }
            for block in missing { known[block] = true }
            state[segment.offset] = known
        }
    }

    /// The checksum table of a segment, itself checked.
    static func sums(
        of segment: SegmentDescriptor, exponent: Int, in bytes: borrowing RawSpan
    ) throws(ColonnadeError) -> [UInt32] {
        let table = bytes.extracting(segment.sumsRange(exponent: exponent))
        guard Checksum.of(table) == segment.sumsChecksum else {
            throw .broken(29, "the checksum table of a segment is damaged", at: segment.offset + segment.dataLength)
        }
        return (0..<table.byteCount / 4).map { index in
            (0..<4).reduce(0) { sum, byte in
                sum | UInt32(unsafe table.unsafeLoad(fromByteOffset: 4 * index + byte, as: UInt8.self)) << (8 * byte)
            }
        }
    }

    static func check(
        _ block: Int, of segment: SegmentDescriptor, _ sums: [UInt32], exponent: Int, in bytes: borrowing RawSpan
    ) throws(ColonnadeError) {
        let start = segment.offset + block << exponent
        let end = min(start + 1 << exponent, segment.offset + segment.dataLength)
        guard Checksum.of(bytes.extracting(start..<end)) == sums[block] else {
            throw .broken(
                29, "the block up to byte \(end) does not have its checksum: restore it from a copy", at: start)
        }
    }
}
