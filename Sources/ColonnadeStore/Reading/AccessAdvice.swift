// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem
import Synchronization

/// The advice to the operating system about coming reads: the complete file if it fits in memory, and otherwise single
/// rows, since read-ahead around a row would be useless.
final class AccessAdvice: Sendable {
    private let file: MappedFile
    private let isRandom = Atomic<Bool>(false)
    /// The sets of regions that are in the page table, or that a thread is mapping.
    private let warmed = Monitor<Set<Set<Int>>>([])
    /// Those of them that a thread has mapped and checked completely.
    private let completed = Monitor<Set<Set<Int>>>([])
    /// The number of rows that may still be read without mapping their pages.
    private let unmappedRows = Atomic<Int>(AccessAdvice.mostUnmappedRows)

    /// The number of rows after which pages are mapped also by reading single rows: after that many, enough pages are
    /// mapped or will be used again.
    private static let mostUnmappedRows = 1024

    init(_ file: MappedFile) { self.file = file }

    /// Whether reading the complete file would evict pages that are still needed: the case if it is larger than half of
    /// the memory of the process.
    ///
    /// The memory limit is read once for each process; later changes have no effect.
    var exceedsMemory: Bool { AccessAdvice.exceedMemory(file.byteCount) }

    static func exceedMemory(_ byteCount: Int) -> Bool {
        byteCount > AccessAdvice.smallFile && byteCount > AccessAdvice.memory / 2
    }

    private static let memory = Syscalls.memoryLimit()

    /// The size up to which a file is assumed to fit in memory, since reading the limit would take about as long as
    /// reading the file. If it does not fit after all, reading is only slower.
    private static let smallFile = 1 << 26

    /// Tells the system that rows are read in random order.
    func announceRandomAccess() {
        guard !isRandom.exchange(true, ordering: .relaxed) else { return }
        file.advise(0..<file.byteCount, .random)
    }

    /// Whether rows may still be read without mapping their pages. One load.
    var allowsUnmappedRows: Bool { unmappedRows.load(ordering: .relaxed) > 0 }

    /// Returns whether the next rows may be read without mapping their pages, and counts them.
    func takeUnmappedRows(_ count: Int) -> Bool {
        guard count <= AccessAdvice.mostUnmappedRows, allowsUnmappedRows, !exceedsMemory else { return false }
        return unmappedRows.wrappingSubtract(count, ordering: .relaxed).oldValue > 0
    }

    /// Records that the pages of the file are mapped.
    func noteMapped() { unmappedRows.store(0, ordering: .relaxed) }

    func announceFullRead() { file.advise(0..<file.byteCount, .all) }

    func request(_ range: Range<Int>) {
        // The system may read only the first part of a longer range: the read-ahead of the disk, which is often 128 KiB.
        for start in stride(from: range.lowerBound, to: range.upperBound, by: AccessAdvice.requestSize) {
            file.advise(start..<min(start + AccessAdvice.requestSize, range.upperBound), .soon)
        }
    }

    private static let requestSize = 1 << 17

    /// Whether regions are not recorded as warmed.
    func areCold(_ regions: Set<Int>) -> Bool { warmed.withLock { !$0.contains(regions) } }

    /// Records that regions are warmed. Returns whether they were not recorded before.
    func isFirst(_ regions: Set<Int>) -> Bool { warmed.withLock { $0.insert(regions).inserted } }

    /// Removes the record of regions that were not warmed completely, so that another thread may warm them.
    func forget(_ regions: Set<Int>) { warmed.withLock { _ = $0.remove(regions) } }

    /// Records that regions are mapped and checked.
    func complete(_ regions: Set<Int>) { completed.withLock { _ = $0.insert(regions) } }

    /// Whether regions are mapped and checked, which stays so.
    func areComplete(_ regions: Set<Int>) -> Bool { completed.withLock { $0.contains(regions) } }

    func populate(_ range: Range<Int>) { file.populate(range) }
}

extension StoredDataset {
    /// Whether reading the complete file would evict pages that are still needed.
    package var isLargerThanMemory: Bool { access.exceedsMemory }

    /// Returns whether files of some bytes together do not stay in memory.
    package static func exceedMemory(_ byteCount: Int) -> Bool { AccessAdvice.exceedMemory(byteCount) }

    /// Whether `warm` would do anything: false if it has mapped the columns, or if a thread maps them now. O(columns).
    package func needsWarming(columns indices: [Int]) -> Bool {
        !access.exceedsMemory && access.areCold(Set(regions(of: indices)))
    }

    /// Whether `warm` has mapped and checked the columns, so that it will never do anything again. O(columns).
    package func isWarm(columns indices: [Int]) -> Bool { access.areComplete(Set(regions(of: indices))) }

    /// Maps the pages of columns once, which costs far less than the page faults of single rows, and then checks their
    /// blocks if verification is automatic. It stops when `isWanted` returns false, which it calls every few megabytes.
    /// It does nothing if the file would not stay in memory. Damage is noted, and later reads of the file throw it.
    package func warm(columns indices: [Int], while isWanted: () -> Bool) {
        guard !access.exceedsMemory else { return }
        let regions = regions(of: indices)
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
        access.noteMapped()
        guard verification == .automatic, let blocks else { return access.complete(Set(regions)) }
        do throws(ColonnadeError) {
            if try check(regions, blocks, fromEnd: false, while: isWanted) {
                access.complete(Set(regions))
            } else {
                access.forget(Set(regions))
            }
        } catch {
            // Zeros of a truncated file are not a damaged block: readers report the truncation.
            if !file.isDamaged { blocks.note(error) }
        }
    }
}
