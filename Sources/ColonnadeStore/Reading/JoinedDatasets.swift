// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// The rows of several data sets, one data set after another, found by one table: reading any of them costs what reading the
/// rows of one file does. Only columns that lie in all of the files as in the first can be read so.
package final class JoinedDatasets: MemoryLender {
    package let datasets: [StoredDataset]
    let table: RowTable
    let rowCount: Int
    /// The first row of each data set, and the number of all.
    private let starts: [Int]
    /// The ends of all files: without a detour by the files, since each batch looks at all of them.
    private let tails: [FileTail]
    private let isVerifying: Bool
    /// Whether a thread checks the blocks of all of them.
    private let areCheckedMeanwhile: Bool

    /// Traps for no data sets. O(segments × columns).
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

    /// Whether column `columns[d]` of data set `d` lies in each of them as in the first.
    package func canRead(_ columns: [Int]) -> Bool {
        let first = datasets[0].columns[columns[0]]
        return zip(datasets, columns).allSatisfy { dataset, column in
            let other = dataset.columns[column]
            return other.liesLike(first)
                && other.group.map { dataset.isShared[$0] } == first.group.map { datasets[0].isShared[$0] }
        }
    }

    /// The data set that a row is in, and its number there.
    func place(ofRow row: Int) -> (dataset: StoredDataset, row: Int) {
        let index = index(ofRow: row)
        return (datasets[index], row - starts[index])
    }

    private func index(ofRow row: Int) -> Int { datasets.indices.lastByBisection { starts[$0] <= row } }

    /// Whether reading all of the files would push out what is still needed.
    package var isLargerThanMemory: Bool {
        AccessAdvice.exceedMemory(datasets.reduce(0) { $0 + $1.file.byteCount })
    }

    /// The readers of all files; nil where none has to check blocks of these regions before rows are read.
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

    /// Checks the blocks that rows of a plain group are in, where verification asks for it. Throws `corruptFile`.
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
