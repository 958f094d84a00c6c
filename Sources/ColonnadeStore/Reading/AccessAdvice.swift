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
    /// Regions that are in the page table, or are on the way there.
    private let warmed = Monitor<Set<Set<Int>>>([])

    init(_ file: MappedFile) { self.file = file }

    /// Whether reading all of it would push out what is still needed: beyond half of the memory that there is for it.
    ///
    /// Asked once a process: a limit that changes meanwhile is not seen.
    var exceedsMemory: Bool { AccessAdvice.exceedMemory(file.byteCount) }

    static func exceedMemory(_ byteCount: Int) -> Bool {
        byteCount > AccessAdvice.smallFile && byteCount > AccessAdvice.memory / 2
    }

    private static let memory = Syscalls.memoryLimit()

    /// Up to here a file is taken to fit: finding out takes as long as reading much of it does. Under a limit that it does not
    /// fit in it is slower for that, and no more.
    private static let smallFile = 1 << 26

    /// From now on rows are read in no order that the system could guess.
    func announceRandomAccess() {
        guard !isRandom.exchange(true, ordering: .relaxed) else { return }
        file.advise(0..<file.byteCount, .random)
    }

    func announceFullRead() { file.advise(0..<file.byteCount, .all) }

    func request(_ range: Range<Int>) { file.advise(range, .soon) }

    /// Whether these regions have not been asked for before; from now on they have.
    func isFirst(_ regions: Set<Int>) -> Bool { warmed.withLock { $0.insert(regions).inserted } }

    /// Not all of them came; somebody else may bring them.
    func forget(_ regions: Set<Int>) { warmed.withLock { _ = $0.remove(regions) } }

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

    /// Brings these columns into the page table, once, which costs far less than the page faults of single rows; and then checks
    /// their blocks, where verification is automatic. Goes on as long as `isWanted` holds, which is asked every few megabytes.
    /// Does nothing where the columns would not all stay in memory. Damage is noted: whatever reads the file throws it.
    package func warm(columns wanted: [Int], while isWanted: () -> Bool) {
        guard !access.exceedsMemory else { return }
        let regions = regions(of: wanted)
        guard access.isFirst(Set(regions)) else { return }
        access.announceFullRead()
        for segment in segments {
            for region in regions {
                let start = segment.offset + segment.regions[region].offset
                let end = start + segment.regions[region].storedLength
                for from in stride(from: start, to: end, by: 1 << 22) {
                    guard isWanted() else { return access.forget(Set(regions)) }
                    access.populate(from..<min(from + 1 << 22, end))
                }
            }
        }
        guard verification == .automatic, let blocks else { return }
        do throws(ColonnadeError) {
            if try !check(regions, blocks, fromEnd: false, while: isWanted) { access.forget(Set(regions)) }
        } catch {
            // Zeros of a truncated file are no damage of a block: reading says what they are.
            if !file.isDamaged { blocks.note(error) }
        }
    }
}
