// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem
import Synchronization

/// The rows of several data sets, one data set after another, with a single table that locates them. So reading them
/// costs as much as reading the rows of one file. The caller numbers the keys of the rows, and says which column of each file has
/// the values of a key.
package final class JoinedDatasets: MemoryLender {
    package let datasets: [StoredDataset]
    /// By file, the index of the column of each key.
    package let columnIndices: [[Int]]
    let columns: JoinedColumns
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
    /// The keys whose blocks are checked in all files.
    private let checkedKeys = Monitor<Set<Int>>([])
    /// Whether a thread checks the blocks of all data sets.
    private let areCheckedMeanwhile: Bool

    /// The number of tails that one check compares.
    private static let tailsPerCheck = 8

    /// Joins data sets; traps if there are none. O(segments × keys).
    ///
    /// - Parameter numbers: by data set, the index of the column of each key. Columns whose types differ cannot be read.
    package init(_ datasets: [StoredDataset], columns numbers: [[Int]]) {
        columnIndices = numbers
        let columns = JoinedColumns(datasets, numbers)
        self.columns = columns
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
        let variable = columns.readers.indices.filter { columns.readers[$0].map { $0.group == nil } ?? false }
        let sources = zip(datasets, numbers).map { dataset, numbers in
            RowTable.Source(
                layout: dataset.layout, file: dataset.file,
                groups: columns.firstKeys.map { key in
                    let column = dataset.columns[numbers[key]]
                    return RowTable.GroupPlace(region: column.rowsRegion, offset: column.offset, stride: column.stride)
                }, ends: variable.map { dataset.columns[numbers[$0]].endsPlace })
        }
        table = RowTable(sources, rowRuns, columns: variable)
        tails = datasets.compactMap(\.file.tail)
        isVerifying = datasets.contains { $0.blocks != nil }
        isLargerThanMemory = AccessAdvice.exceedMemory(datasets.reduce(0) { $0 + $1.file.byteCount })
        areCheckedMeanwhile = datasets.allSatisfy(\.isCheckedMeanwhile)
    }

    /// Returns whether a gather can read the columns of a key.
    package func canRead(_ key: Int) -> Bool { columns.readers[key] != nil }

    /// Returns the index of the column of a key in a data set.
    func number(ofKey key: Int, in dataset: Int) -> Int { columnIndices[dataset][key] }

    /// Returns the index of the data set that contains a row, and the number of the row in it. O(1) on average.
    func place(ofRow row: Int) -> (dataset: Int, row: Int) {
        let index = index(ofRow: row)
        return (index, row - starts[index])
    }

    /// Returns the index of the data set that contains a row. O(1) on average.
    private func index(ofRow row: Int) -> Int { files.index(ofRow: row) }

    /// Returns whether blocks of a column must be checked before rows are read. O(1) once all files are checked.
    func needsChecks(_ key: Int, inOrder: Bool, isCheckedMeanwhile: Bool) -> Bool {
        guard isVerifying, !(isCheckedMeanwhile && areCheckedMeanwhile), !checkedKeys.withLock({ $0.contains(key) })
        else { return false }
        func areChecked(_ index: Int, _ blocks: BlockVerifier?) -> Bool {
            guard let blocks else { return true }
            let column = datasets[index].columns[columnIndices[index][key]]
            if let group = column.group { return !blocks.needsCheck(region: group) }
            return !blocks.needsCheck(region: column.endsRegion) && !blocks.needsCheck(region: column.valuesRegion)
        }
        if datasets.indices.allSatisfy({ areChecked($0, datasets[$0].blocks) }) {
            checkedKeys.withLock { _ = $0.insert(key) }
            return false
        }
        return datasets.indices.contains { index in
            let dataset = datasets[index]
            return !(isCheckedMeanwhile && dataset.isCheckedMeanwhile)
                && !areChecked(index, dataset.verifier(inOrder: inOrder))
        }
    }

    /// Checks the blocks that contain rows of a plain group, if verification requires it. Throws `corruptFile`.
    func check(
        _ rows: ArraySlice<Int>, group: Int, inOrder: Bool, isCheckedMeanwhile: Bool
    ) throws(ColonnadeError) {
        let key = columns.firstKeys[group]
        guard needsChecks(key, inOrder: inOrder, isCheckedMeanwhile: isCheckedMeanwhile) else { return }
        func reader(_ index: Int) -> (RowReader, group: Int) {
            let dataset = datasets[index]
            let reader = RowReader(
                dataset, inOrder: inOrder, isCheckedMeanwhile: isCheckedMeanwhile && dataset.isCheckedMeanwhile)
            return (reader, dataset.columns[columnIndices[index][key]].rowsRegion)
        }
        if let range = rows.consecutive {
            var index = index(ofRow: range.lowerBound)
            while index < datasets.count, starts[index] < range.upperBound {
                let start = starts[index]
                let part = range.clamped(to: start..<starts[index + 1])
                let (reader, group) = reader(index)
                try reader.check(consecutive: part.lowerBound - start..<part.upperBound - start, group: group)
                index += 1
            }
            return
        }
        for row in rows {
            let index = index(ofRow: row)
            let (reader, group) = reader(index)
            try reader.check(CollectionOfOne(row - starts[index]), group: group)
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
