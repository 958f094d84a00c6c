// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem
import Synchronization

/// Checks blocks of an open file against their checksums, and remembers the blocks that are correct, so that each is
/// checked once.
///
/// Any number of threads may check at once. If two of them check one block, the only effect is lost time.
@safe
final class BlockVerifier: @unchecked Sendable {
    private let file: MappedFile
    private let exponent: Int
    private let segments: [SegmentDescriptor]
    /// For each segment, the index of the bit of its checksum table. The bits of its blocks follow.
    private let firstBits: [Int]
    /// The index of the first region's bit, after the bits of all segments. The bit of a region says whether its blocks
    /// are correct in all segments.
    private let firstRegionBit: Int
    private let bits: UnsafeMutablePointer<UInt64>
    /// The damage that a background thread found.
    private let damage = Monitor<ColonnadeError?>(nil)
    private let hasDamage = Atomic<Bool>(false)
    /// Whether damage was noted in any file of this process, so that data sets of many files need only one check.
    private static let isAnyDamaged = Atomic<Bool>(false)

    /// The number of bytes that are checked between two calls of `isWanted`.
    private static let pieceBytes = 1 << 22

    init(file: MappedFile, layout: FileLayout, segments: [SegmentDescriptor]) {
        self.file = file
        self.segments = segments
        exponent = layout.footer.blockExponent
        var count = 0
        var firstBits: [Int] = []
        firstBits.reserveCapacity(segments.count)
        for segment in segments {
            firstBits.append(count)
            count += 1 + segment.blockCount(exponent: layout.footer.blockExponent)
        }
        self.firstBits = firstBits
        firstRegionBit = count
        let words = (count + layout.regionKinds.count) / 64 + 1
        unsafe bits = .allocate(capacity: words)
        unsafe bits.initialize(repeating: 0, count: words)
    }

    deinit { unsafe bits.deallocate() }

    private func isSet(_ bit: Int) -> Bool { unsafe colonnade_is_bit_set(bits, bit) != 0 }
    private func set(_ bit: Int) { unsafe colonnade_set_bit(bits, bit) }

    /// Returns whether a region may have unchecked blocks.
    func needsCheck(region: Int) -> Bool { !isSet(firstRegionBit + region) }

    /// Checks the blocks that contain a range of bytes of a segment. Throws `corruptFile` (R29).
    func check(segment number: Int, _ range: Range<Int>) throws(ColonnadeError) {
        guard !range.isEmpty else { return }
        let first = firstBits[number] + 1
        for block in range.lowerBound >> exponent...(range.upperBound - 1) >> exponent where !isSet(first + block) {
            try check(block: block, ofSegment: number)
        }
    }

    private func check(block: Int, ofSegment number: Int) throws(ColonnadeError) {
        let segment = segments[number]
        let tableBit = firstBits[number]
        try file.withBytes { (bytes) throws(ColonnadeError) in
            let table = bytes.extracting(segment.sumsRange(exponent: exponent))
            if !isSet(tableBit) {
                try BlockVerifier.checkTable(table, of: segment)
                set(tableBit)
            }
            try BlockVerifier.check(block, of: segment, table, exponent: exponent, in: bytes)
        }
        // A page that could not be read appears as zeros, and its checksum may appear as zeros too.
        try file.checkIntact()
        set(tableBit + 1 + block)
    }

    /// Checks all unchecked blocks of regions, until `isWanted` returns false.
    ///
    /// - Parameter fromEnd: whether to begin with the last block, for a thread that meets another one in the middle.
    /// - Returns: whether all blocks of the regions are checked.
    /// - Throws: `corruptFile` (R29), with the number of the segment.
    func checkAll(
        _ regions: [Int], fromEnd: Bool, while isWanted: () -> Bool
    ) throws(SegmentFailure) -> Bool {
        guard regions.contains(where: { needsCheck(region: $0) }) else { return true }
        var remaining = BlockVerifier.pieceBytes
        for index in segments.indices {
            let number = fromEnd ? segments.count - 1 - index : index
            for region in fromEnd ? regions.reversed() : regions {
                let region = segments[number].regions[region]
                guard region.storedLength > 0 else { continue }
                let first = region.offset >> exponent
                let last = (region.offset + region.storedLength - 1) >> exponent
                for step in 0...last - first {
                    let block = fromEnd ? last - step : first + step
                    guard !isSet(firstBits[number] + 1 + block) else { continue }
                    do throws(ColonnadeError) {
                        try check(block: block, ofSegment: number)
                    } catch {
                        throw SegmentFailure(segment: number, error: error)
                    }
                    remaining -= 1 << exponent
                    if remaining <= 0 {
                        guard isWanted() else { return false }
                        remaining = BlockVerifier.pieceBytes
                    }
                }
            }
        }
        for region in regions { set(firstRegionBit + region) }
        return true
    }

    /// The error of a damaged block, with the index of its segment.
    struct SegmentFailure: Error {
        let segment: Int
        let error: ColonnadeError
    }

    // MARK: Damage found in the background

    /// Makes all later reads of the file throw an error.
    func note(_ error: ColonnadeError) {
        damage.withLock { $0 = $0 ?? error }
        hasDamage.store(true, ordering: .releasing)
        BlockVerifier.isAnyDamaged.store(true, ordering: .releasing)
    }

    /// Whether damage was noted in any file of this process. The cost is one load.
    static var areAnyDamaged: Bool { isAnyDamaged.load(ordering: .acquiring) }

    /// Throws `corruptFile` if damage was noted. Otherwise the cost is one load.
    func throwDamage() throws(ColonnadeError) {
        guard hasDamage.load(ordering: .acquiring) else { return }
        if let error = damage.withLock({ $0 }) { throw error }
    }

    // MARK: Single checks

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
            throw .broken(29, "the block up to byte \(end) does not have its checksum", at: start)
        }
    }
}
