// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem
import Synchronization

/// What the operating system is told about coming reads: everything at once where the file fits in memory, and else row by
/// row, since what it would read around them is not wanted.
final class AccessAdvice: Sendable {
    private let file: MappedFile
    private let isRandom = Atomic<Bool>(false)
    /// Parts of some regions that are in the page table: by the regions, a bit for each of 64 parts.
    private let warmed = Monitor<[Set<Int>: UInt64]>([:])

    init(_ file: MappedFile) { self.file = file }

    /// Whether reading all of it would push out what is still needed: beyond half of the memory that there is for it.
    ///
    /// Asked once a process: a limit that changes meanwhile is not seen.
    var exceedsMemory: Bool { file.byteCount > AccessAdvice.memory / 2 }

    private static let memory = Syscalls.memoryLimit()

    /// From now on rows are read in no order that the system could guess.
    func announceRandomAccess() {
        guard !isRandom.exchange(true, ordering: .relaxed) else { return }
        file.advise(0..<file.byteCount, .random)
    }

    func request(_ range: Range<Int>) { file.advise(range, .soon) }

    /// Whether a part has not been asked for before; from now on it has.
    func isFirst(_ part: Int, of regions: Set<Int>) -> Bool {
        warmed.withLock { warmed in
            let bits = warmed[regions, default: 0]
            warmed[regions] = bits | 1 << UInt64(part)
            return bits >> UInt64(part) & 1 == 0
        }
    }

    func populate(_ range: Range<Int>) { file.populate(range) }
}

extension StoredDataset {
    /// Whether reading all of the file would push out what is still needed.
    package var isLargerThanMemory: Bool { access.exceedsMemory }

    /// These rows will be read soon, in any order. A hint, of use only for files larger than memory; there it costs a call of
    /// the system a row and column, and for ragged columns a look at where the row lies.
    package func expect(rows: [Int], columns wanted: [Int]) {
        guard access.exceedsMemory else { return }
        access.announceRandomAccess()
        var groups: Set<Int> = []
        for index in wanted {
            let column = columns[index]
            if let group = column.group {
                if groups.insert(group).inserted { requestRows(rows, column) }
            } else {
                requestVariableRows(rows, column)
            }
        }
    }

    private func requestRows(_ rows: [Int], _ column: ColumnReader) {
        guard column.codec == .plain else { return }
        for row in rows {
            let place = place(ofRow: row)
            let segment = segment(at: place)
            let start = segment.offset + segment.regions[column.rowsRegion].offset + place.row * column.stride
            access.request(start..<start + column.stride)
        }
    }

    private func requestVariableRows(_ rows: [Int], _ column: ColumnReader) {
        guard column.codec == .plain else { return }
        for row in rows {
            let place = place(ofRow: row)
            let segment = segment(at: place)
            let ends = segment.offset + segment.regions[column.endsRegion].offset + 8 * place.row
            access.request((place.row == 0 ? ends : ends - 8)..<ends + 8)
        }
        let reader = RowReader(self)
        for row in rows {
            // What is wrong with a row is said when it is read.
            if let bytes = try? reader.range(ofRow: row, column: column) { access.request(bytes) }
        }
    }

    /// Brings a part of these columns into the page table at once, which costs a tenth of what faults one by one do; false
    /// where they would not all stay in memory. A part is one of at most 64; done once for each.
    package func warm(columns wanted: [Int], part: Int, of parts: Int) -> Bool {
        guard !access.exceedsMemory else { return false }
        var regions: Set<Int> = []
        for index in wanted {
            let column = columns[index]
            if column.group == nil {
                regions.formUnion(column.endsRegion...column.valuesRegion)
            } else {
                regions.insert(column.rowsRegion)
            }
        }
        guard access.isFirst(part, of: regions) else { return true }
        let lengths = variableSegments.map { segment in regions.reduce(0) { $0 + segment.regions[$1].storedLength } }
        let total = lengths.reduce(0, +)
        var (from, to) = (total / parts * part, part == parts - 1 ? total : total / parts * (part + 1))
        for (segment, length) in zip(variableSegments, lengths) {
            if from < length, to > 0 {
                for region in regions.sorted() {
                    let stored = segment.regions[region].storedLength
                    let piece = max(from, 0)..<max(min(to, stored), max(from, 0))
                    if piece.lowerBound < stored, !piece.isEmpty {
                        let start = segment.offset + segment.regions[region].offset
                        access.populate(start + piece.lowerBound..<start + piece.upperBound)
                    }
                    from -= stored
                    to -= stored
                }
            } else {
                from -= length
                to -= length
            }
        }
        return true
    }
}
