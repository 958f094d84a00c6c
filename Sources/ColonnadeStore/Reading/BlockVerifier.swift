// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// Checks blocks of a file against their checksums, each once, when it is first touched.
final class BlockVerifier: Sendable {
    private let file: MappedFile
    private let layout: FileLayout
    /// By the offset of the segment: which of its blocks have been checked. Filled in, after the checksum table has been
    /// checked, when the segment is first touched.
    private let checked: Monitor<[Int: [Bool]]>

    init(file: MappedFile, layout: FileLayout) {
        self.file = file
        self.layout = layout
        checked = Monitor([:])
    }

    /// Checks the blocks that these bytes of a segment are in. Throws `corruptFile` (R29).
    func check(_ segment: SegmentDescriptor, _ range: Range<Int>) throws(ColonnadeError) {
        guard !range.isEmpty else { return }
        let exponent = layout.footer.blockExponent
        let blocks = range.lowerBound >> exponent...(range.upperBound - 1) >> exponent
        let (isKnown, missing) = checked.withLock { state in
            guard let known = state[segment.offset] else { return (false, Array(blocks)) }
            return (true, blocks.filter { !known[$0] })
        }
        guard !missing.isEmpty else { return }
        // Outside the lock: two threads may check a block twice, and none waits for another.
        try file.withBytes { (bytes) throws(ColonnadeError) in
            let table = bytes.extracting(segment.sumsRange(exponent: exponent))
            if !isKnown { try BlockVerifier.checkTable(table, of: segment) }
            for block in missing {
                try BlockVerifier.check(block, of: segment, table, exponent: exponent, in: bytes)
            }
        }
        checked.withLock { state in
            let none = { [Bool](repeating: false, count: segment.blockCount(exponent: exponent)) }
            for block in missing { state[segment.offset, default: none()][block] = true }
        }
    }

    /// Checks the checksum table of a segment.
    static func checkTable(_ table: borrowing RawSpan, of segment: SegmentDescriptor) throws(ColonnadeError) {
        guard Checksum.of(copy table) == segment.sumsChecksum else {
            throw .broken(29, "the checksum table of a segment is damaged", at: segment.offset + segment.dataLength)
        }
    }

    /// Checks one block against the table.
    static func check(
        _ block: Int, of segment: SegmentDescriptor, _ table: borrowing RawSpan, exponent: Int,
        in bytes: borrowing RawSpan
    ) throws(ColonnadeError) {
        let sum = (0..<4).reduce(UInt32(0)) { sum, byte in
            sum | UInt32(unsafe table.unsafeLoad(fromByteOffset: 4 * block + byte, as: UInt8.self)) << (8 * byte)
        }
        let start = segment.offset + block << exponent
        let end = min(start + 1 << exponent, segment.offset + segment.dataLength)
        guard Checksum.of(bytes.extracting(start..<end)) == sum else {
            throw .broken(
                29, "the block up to byte \(end) does not have its checksum: restore it from a copy", at: start)
        }
    }
}
