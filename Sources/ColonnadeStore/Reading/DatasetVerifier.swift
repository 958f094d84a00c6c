// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// Checks a whole file: every checksum, every byte that must be zero, and what only reading rows can show (rules R27 to
/// R34).
public enum DatasetVerifier {
    public struct Report: Sendable {
        public let byteCount: Int
        public let blockCount: Int
        /// What is wrong, at most `limit` of them.
        public let problems: [ColonnadeError]
    }

    /// Problems that are collected before the rest is left unread.
    public static let limit = 100

    /// Reads the whole file, at about the speed of memory where columns are plain and fixed.
    ///
    /// - Parameter progress: called after each segment with the bytes read; false stops.
    /// - Throws: what opening throws; `corruptFile` if the file is truncated meanwhile; `cancelled`.
    public static func verify(
        path: String, progress: (_ done: Int, _ of: Int) -> Bool = { _, _ in true }
    ) throws(ColonnadeError) -> Report {
        let dataset = try StoredDataset(path: path, verification: .off)
        var run = Verification(dataset)
        run.checkSlots()
        var done = 0
        for (number, segment) in dataset.segments.enumerated() {
            run.checkSegment(segment, number)
            try dataset.checkIntact()
            done += segment.dataLength
            guard progress(done, dataset.byteCount) else {
                throw ColonnadeError(.cancelled, "stopped before the end", at: .file(path))
            }
            if run.problems.count >= limit { break }
        }
        run.checkGapsAndRetired()
        // Contents mean something only where the bytes are what was written.
        if !run.problems.contains(where: { $0.rule == 29 }) { run.checkContents() }
        try dataset.checkIntact()
        return Report(
            byteCount: dataset.byteCount, blockCount: run.blockCount, problems: Array(run.problems.prefix(limit)))
    }
}

/// One verification in progress.
private struct Verification {
    private let dataset: StoredDataset
    private let layout: FileLayout
    private(set) var problems: [ColonnadeError] = []
    private(set) var blockCount = 0

    init(_ dataset: StoredDataset) {
        self.dataset = dataset
        layout = dataset.layout
    }

    private mutating func note(segment number: Int? = nil, _ check: () throws(ColonnadeError) -> Void) {
        do throws(ColonnadeError) {
            try check()
        } catch {
            problems.append(number.map { dataset.naming(error, segment: $0) } ?? error.located(in: dataset.path))
        }
    }

    mutating func checkSlots() {
        for (index, slot) in layout.slots.enumerated() where slot == .damaged {
            let offset = ForeverConstants.headerSize + index * ForeverConstants.commitSlotSize
            note { () throws(ColonnadeError) in
                throw .broken(
                    32,
                    "commit slot \(index == 0 ? "A" : "B") is neither empty nor valid, after an interrupted append or by damage",
                    at: offset)
            }
        }
    }

    mutating func checkSegment(_ segment: SegmentDescriptor, _ number: Int) {
        let exponent = layout.footer.blockExponent
        let dataset = dataset
        let sums = segment.sumsRange(exponent: exponent)
        dataset.file.populate(segment.offset..<sums.upperBound)
        let before = problems.count
        note(segment: number) { () throws(ColonnadeError) in
            try dataset.file.withBytes { (bytes) throws(ColonnadeError) in
                try BlockVerifier.checkTable(bytes.extracting(sums), of: segment)
            }
        }
        // A damaged table says nothing about the blocks.
        let blocks = problems.count > before ? 0 : segment.blockCount(exponent: exponent)
        for block in 0..<blocks where problems.count < DatasetVerifier.limit {
            note(segment: number) { () throws(ColonnadeError) in
                try dataset.file.withBytes { (bytes) throws(ColonnadeError) in
                    try BlockVerifier.check(
                        block, of: segment, bytes.extracting(sums), exponent: exponent, in: bytes)
                }
            }
        }
        blockCount += blocks
        var end = 0
        for region in segment.regions {
            checkZeros(segment.offset + end..<segment.offset + region.offset)
            end = region.offset + region.storedLength
        }
        checkZeros(segment.offset + end..<segment.offset + segment.dataLength)
    }

    /// R30 and R31, outside of segments.
    mutating func checkGapsAndRetired() {
        let segments = dataset.segments
        var extents = segments.map { $0.offset..<$0.sumsRange(exponent: layout.footer.blockExponent).upperBound }
        extents += layout.footer.retired.map { $0.offset..<$0.offset + $0.length }
        extents.append(layout.footerRange)
        extents.sort { $0.lowerBound < $1.lowerBound }
        var end = ForeverConstants.prologueSize
        for extent in extents {
            checkZeros(end..<extent.lowerBound)
            end = extent.upperBound
        }
        for extent in layout.footer.retired {
            let dataset = dataset
            note { () throws(ColonnadeError) in
                guard dataset.checksum(of: extent.offset..<extent.offset + extent.length) == extent.checksum else {
                    throw .broken(31, "an old footer does not have its checksum", at: extent.offset)
                }
            }
        }
    }

    private mutating func checkZeros(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        let dataset = dataset
        note { () throws(ColonnadeError) in
            guard dataset.file.allZero(range) else {
                throw .broken(30, "bytes between structures are not zero", at: range.lowerBound)
            }
        }
    }

    /// R27, R28, R30 within rows, R33 and R34.
    mutating func checkContents() {
        var members = [[ColumnReader]](repeating: [], count: layout.footer.groups.count)
        for column in dataset.columns {
            if let group = column.group { members[group].append(column) }
        }
        for (index, members) in members.enumerated() {
            let dataset = dataset
            note { () throws(ColonnadeError) in
                try GroupContents(dataset, group: index, members: members).run()
            }
        }
        for column in dataset.columns where column.group == nil {
            let dataset = dataset
            note { () throws(ColonnadeError) in try VariableContents(dataset, column).run() }
        }
    }
}

extension MappedFile {
    fileprivate func allZero(_ range: Range<Int>) -> Bool {
        withBytes { bytes in
            range.allSatisfy { unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) == 0 }
        }
    }
}
