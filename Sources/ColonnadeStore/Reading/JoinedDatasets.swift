// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem
import Synchronization

/// The rows of several data sets, one data set after another, with a single table that locates them. So reading them
/// costs as much as reading the rows of one file. Only columns with the same layout in all files can be read in this
/// way.
package final class JoinedDatasets: MemoryLender {
    package let datasets: [StoredDataset]
    let table: RowTable
    let rowCount: Int
    /// The first row of each data set, and the total number of rows.
    private let starts: [Int]
    /// The data set of each row: a run for each data set.
    private let files: RunIndex
    /// The tails of all files, in one array. Each check of a pass compares a few of them, so that its cost does not grow
    /// with the number of files.
    private let tails: [FileTail]
    /// The number of tails that were compared in turn.
    private let comparedCount = Atomic(0)
    private let isVerifying: Bool
    /// Whether reading all files completely would evict pages that are still needed.
    package let isLargerThanMemory: Bool
    /// The regions whose blocks are checked in all files.
    private let checkedRegions = Monitor<Set<Int>>([])
    /// Whether a thread checks the blocks of all data sets.
    private let areCheckedMeanwhile: Bool

    /// The number of tails that one check compares.
    private static let tailsPerCheck = 8

    /// Joins data sets; traps if there are none. O(segments × columns).
    package init(_ datasets: [StoredDataset]) {
        self.datasets = datasets
        starts = datasets.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.rowCount) }
        rowCount = starts[datasets.count]
        files = RunIndex(
            zip(datasets, starts).map { dataset, start in
                RowRun(rows: start..<start + dataset.rowCount, exponent: 0, firstSegment: 0)
            })
        var segment = 0
        let rowRuns = zip(datasets, starts).flatMap { (dataset, start) -> [RowRun] in
            defer { segment += dataset.segments.count }
            return dataset.rowRuns.map { run in
                RowRun(
                    rows: start + run.rows.lowerBound..<start + run.rows.upperBound, exponent: run.exponent,
                    firstSegment: segment + run.firstSegment)
            }
        }
        table = RowTable(
            datasets.map { RowTable.Source(layout: $0.layout, columns: $0.columns, file: $0.file) }, rowRuns)
        tails = datasets.compactMap(\.file.tail)
        isVerifying = datasets.contains { $0.blocks != nil }
        isLargerThanMemory = AccessAdvice.exceedMemory(datasets.reduce(0) { $0 + $1.file.byteCount })
        areCheckedMeanwhile = datasets.allSatisfy(\.isCheckedMeanwhile)
    }

    /// Returns whether column `columns[d]` of data set `d` has the same layout in every data set.
    package func canRead(_ columns: [Int]) -> Bool {
        let first = datasets[0].columns[columns[0]]
        return zip(datasets, columns).allSatisfy { dataset, column in
            let other = dataset.columns[column]
            return other.liesLike(first)
                && other.group.map { dataset.isShared[$0] } == first.group.map { datasets[0].isShared[$0] }
        }
    }

    /// Returns the data set that contains a row, and the number of the row in it.
    func place(ofRow row: Int) -> (dataset: StoredDataset, row: Int) {
        let index = index(ofRow: row)
        return (datasets[index], row - starts[index])
    }

    /// Returns the index of the data set that contains a row. O(1) on average.
    private func index(ofRow row: Int) -> Int { files.index(ofRow: row) }

    /// Returns whether blocks of the regions must be checked before rows are read. O(1) once all files are checked.
    func needsChecks(_ regions: [Int], inOrder: Bool, isCheckedMeanwhile: Bool) -> Bool {
        guard isVerifying, !(isCheckedMeanwhile && areCheckedMeanwhile),
            !checkedRegions.withLock({ $0.isSuperset(of: regions) })
        else { return false }
        func areChecked(_ blocks: BlockVerifier?) -> Bool {
            blocks.map { blocks in !regions.contains { blocks.needsCheck(region: $0) } } ?? true
        }
        if datasets.allSatisfy({ areChecked($0.blocks) }) {
            checkedRegions.withLock { $0.formUnion(regions) }
            return false
        }
        return datasets.contains { dataset in
            !(isCheckedMeanwhile && dataset.isCheckedMeanwhile) && !areChecked(dataset.verifier(inOrder: inOrder))
        }
    }

    /// Checks the blocks that contain rows of a plain group, if verification requires it. Throws `corruptFile`.
    func check(
        _ rows: ArraySlice<Int>, group: Int, inOrder: Bool, isCheckedMeanwhile: Bool
    ) throws(ColonnadeError) {
        guard needsChecks([group], inOrder: inOrder, isCheckedMeanwhile: isCheckedMeanwhile) else { return }
        func reader(_ index: Int) -> RowReader {
            let dataset = datasets[index]
            return RowReader(
                dataset, inOrder: inOrder, isCheckedMeanwhile: isCheckedMeanwhile && dataset.isCheckedMeanwhile)
        }
        if let range = rows.consecutive {
            var index = index(ofRow: range.lowerBound)
            while index < datasets.count, starts[index] < range.upperBound {
                let start = starts[index]
                let part = range.clamped(to: start..<starts[index + 1])
                try reader(index).check(consecutive: part.lowerBound - start..<part.upperBound - start, group: group)
                index += 1
            }
            return
        }
        for row in rows {
            let index = index(ofRow: row)
            try reader(index).check(CollectionOfOne(row - starts[index]), group: group)
        }
    }

    // MARK: Damage

    /// Whether a file of this process lost pages that were read, or a thread found a damaged block in one. A few loads.
    private var mayBeDamaged: Bool { MappedFile.areAnyDamaged || BlockVerifier.areAnyDamaged }

    /// Throws `corruptFile` if a file lost pages that were read, or if a thread found a damaged block. A file that was
    /// overwritten in place, or lost less than a page, is found after some further calls, since each call compares the ends
    /// of a few files in turn. O(1).
    package func checkIntact() throws(ColonnadeError) {
        guard mayBeDamaged || !areNextUnchanged else { return }
        try checkAll()
    }

    /// Compares the ends of the next few files.
    private var areNextUnchanged: Bool {
        let count = min(tails.count, JoinedDatasets.tailsPerCheck)
        guard count < tails.count else { return tails.allSatisfy(\.isUnchanged) }
        // The number wraps after 2⁶³ files, and is then negative.
        let first = comparedCount.wrappingAdd(count, ordering: .relaxed).oldValue
        var index = Int(UInt(bitPattern: first) % UInt(tails.count))
        for _ in 0..<count {
            guard tails[index].isUnchanged else { return false }
            index = index + 1 == tails.count ? 0 : index + 1
        }
        return true
    }

    /// Throws `corruptFile` if the file of one of some rows is damaged. O(rows).
    package func checkIntact(_ rows: some Collection<Int>) throws(ColonnadeError) {
        guard !mayBeDamaged, rows.count < tails.count else { return try checkCompletely() }
        for row in rows where datasets[index(ofRow: row)].file.isDamaged { return try checkAll() }
    }

    /// Throws `corruptFile` if any file is damaged. O(files).
    package func checkCompletely() throws(ColonnadeError) {
        guard mayBeDamaged || !tails.allSatisfy(\.isUnchanged) else { return }
        try checkAll()
    }

    private func checkAll() throws(ColonnadeError) {
        for dataset in datasets { try dataset.checkIntact() }
    }
}
