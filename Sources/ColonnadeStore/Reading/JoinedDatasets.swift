// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// The rows of several data sets, one data set after another, with a single table that locates them. So reading them
/// costs as much as reading the rows of one file. Only columns with the same layout in all files can be read in this
/// way.
package final class JoinedDatasets: MemoryLender {
    package let datasets: [StoredDataset]
    let table: RowTable
    let rowCount: Int
    /// The first row of each data set, and the total number of rows.
    private let starts: [Int]
    /// The tails of all files, in one array, since each batch checks all of them.
    private let tails: [FileTail]
    private let isVerifying: Bool
    /// Whether a thread checks the blocks of all data sets.
    private let areCheckedMeanwhile: Bool

    /// Joins data sets; traps if there are none. O(segments × columns).
    package init(_ datasets: [StoredDataset]) {
        self.datasets = datasets
        starts = datasets.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.rowCount) }
        rowCount = starts[datasets.count]
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

    private func index(ofRow row: Int) -> Int { datasets.indices.lastByBisection { starts[$0] <= row } }

    /// Whether reading all files completely would evict pages that are still needed.
    package var isLargerThanMemory: Bool {
        AccessAdvice.exceedMemory(datasets.reduce(0) { $0 + $1.file.byteCount })
    }

    /// Returns a reader for each file; nil if no file has blocks of the regions that must be checked before rows are
    /// read.
    private func checkers(_ regions: [Int], inOrder: Bool, isCheckedMeanwhile: Bool) -> [RowReader]? {
        guard isVerifying, !(isCheckedMeanwhile && areCheckedMeanwhile) else { return nil }
        let readers = datasets.map {
            RowReader($0, inOrder: inOrder, isCheckedMeanwhile: isCheckedMeanwhile && $0.isCheckedMeanwhile)
        }
        let areNeeded = readers.contains { reader in
            regions.contains { reader.blocks?.needsCheck(region: $0) ?? false }
        }
        return areNeeded ? readers : nil
    }

    func needsChecks(_ regions: [Int], inOrder: Bool, isCheckedMeanwhile: Bool) -> Bool {
        checkers(regions, inOrder: inOrder, isCheckedMeanwhile: isCheckedMeanwhile) != nil
    }

    /// Checks the blocks that contain rows of a plain group, if verification requires it. Throws `corruptFile`.
    func check(
        _ rows: ArraySlice<Int>, group: Int, inOrder: Bool, isCheckedMeanwhile: Bool
    ) throws(ColonnadeError) {
        guard let readers = checkers([group], inOrder: inOrder, isCheckedMeanwhile: isCheckedMeanwhile) else { return }
        for row in rows {
            let index = index(ofRow: row)
            try readers[index].check([row - starts[index]][...], group: group)
        }
    }

    package func checkIntact() throws(ColonnadeError) {
        let mayBeDamaged = MappedFile.areAnyDamaged || BlockVerifier.areAnyDamaged
        guard mayBeDamaged || !tails.allSatisfy(\.isUnchanged) else { return }
        for dataset in datasets { try dataset.checkIntact() }
    }
}
