// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The columns of several files, as one gather reads them.
///
/// Columns are in one group if they lie together in all files: in one group of the file, with equal distances between them. Groups of
/// files may be larger, and the columns may be elsewhere in their rows.
struct JoinedColumns {
    /// By key, the column as a gather reads it: that of the first file, but with its group here, and its offset from the first column of the
    /// group. nil if the files store its rows in ways that differ, as compressed and plain ones do.
    let readers: [ColumnReader?]
    /// By group, the key of its first column, which is at the start of the rows of the group.
    let firstKeys: [Int]
    /// Whether a group has more than one column, for each group.
    let isShared: [Bool]

    /// Columns that lie together in some of the files, and in one more file with an equal distance.
    private struct Together: Hashable {
        let others: Int
        let group: Int
        /// The offset in that file, less the offset in the first one.
        let distance: Int
    }

    private static let mostKinds = 8

    /// - Parameter numbers: by file, the column of each key. O(files × keys).
    init(_ datasets: [StoredDataset], _ numbers: [[Int]]) {
        let first = numbers[0].map { datasets[0].columns[$0] }
        var isReadable = [Bool](repeating: true, count: first.count)
        var sets = first.map { $0.group ?? 0 }
        // A file for each way in which columns lie. Most files are like one of the first.
        var kinds = [0]
        for index in datasets.indices.dropFirst() {
            let (dataset, columns) = (datasets[index], numbers[index])
            func reader(_ key: Int) -> ColumnReader { dataset.columns[columns[key]] }
            let isKnown = kinds.contains { kind in
                columns.indices.allSatisfy { reader($0).liesLike(datasets[kind].columns[numbers[kind][$0]]) }
            }
            if isKnown { continue }
            if kinds.count < JoinedColumns.mostKinds { kinds.append(index) }
            var known: [Together: Int] = [:]
            for key in columns.indices {
                let reader = reader(key)
                isReadable[key] = isReadable[key] && reader.isRead(like: first[key])
                let together = Together(
                    others: sets[key], group: reader.group ?? 0, distance: reader.offset - first[key].offset)
                let set = known[together] ?? known.count
                known[together] = set
                sets[key] = set
            }
        }
        var keys: [Int: [Int]] = [:]
        for key in first.indices where isReadable[key] && ColumnOutput.Kind(first[key]) == .grouped {
            keys[sets[key], default: []].append(key)
        }
        var readers = first.indices.map { isReadable[$0] ? first[$0] : nil }
        var firstKeys: [Int] = []
        var isShared: [Bool] = []
        for group in keys.values.sorted(by: { $0[0] < $1[0] }) {
            guard let start = group.min(by: { first[$0].offset < first[$1].offset }) else { continue }
            for key in group {
                readers[key] = first[key].of(group: firstKeys.count, at: first[key].offset - first[start].offset)
            }
            firstKeys.append(start)
            isShared.append(group.count > 1)
        }
        self.readers = readers
        self.firstKeys = firstKeys
        self.isShared = isShared
    }
}

extension ColumnReader {
    /// Returns whether the rows of two columns are read in the same way once they are located.
    fileprivate func isRead(like other: ColumnReader) -> Bool {
        field.dtype == other.field.dtype && field.shape == other.field.shape
            && ColumnOutput.Kind(self) == ColumnOutput.Kind(other)
    }
}
