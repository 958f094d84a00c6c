// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

extension DatasetVerifier {
    /// One verification in progress, with the problems that it found so far.
    struct Verification {
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

        /// Checks R30 and R31 outside of segments.
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

        /// Checks R27, R28, R30 within rows, R33, R34 and R36 to R38.
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
            for (index, entryPoints) in dataset.entryPointColumns.enumerated() {
                guard let entryPoints else { continue }
                let dataset = dataset
                note { () throws(ColonnadeError) in
                    try EntryPointContents(dataset, of: index, in: entryPoints).run()
                }
            }
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
