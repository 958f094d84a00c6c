// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The files of a version: for each set of columns that are together in one file of every fragment, a list of these files, which one
/// gather reads as one file.
struct VersionParts: Sendable {
    /// The location of a column: the index of its list, and that of the column in it.
    private struct Place {
        let list: Int
        let key: Int
    }

    private let lists: [StoredParts]
    /// By column of the data set.
    private let places: [Place]

    /// Opens all files of a version. Returns nil if they cannot be read as one.
    init?(_ version: DatasetVersion) {
        guard let files = version.joinableFiles() else { return nil }
        var places = [Place?](repeating: nil, count: version.schema.count)
        for (list, joinable) in files.enumerated() {
            for (key, column) in joinable.columns.enumerated() { places[column] = Place(list: list, key: key) }
        }
        lists = files.map { StoredParts($0.datasets, columns: $0.numbers) }
        self.places = places.compactMap { $0 }
    }

    /// Returns the indices of the requests, or of other columns, of each list that has some.
    private func split(_ columns: [Int]) -> [(list: StoredParts, keys: [Int], indices: [Int])] {
        lists.indices.compactMap { list in
            let indices = columns.indices.filter { places[columns[$0]].list == list }
            return indices.isEmpty ? nil : (lists[list], indices.map { places[columns[$0]].key }, indices)
        }
    }

    private func requests(_ requests: [ColumnRequest], _ keys: [Int], _ indices: [Int]) -> [ColumnRequest] {
        zip(indices, keys).map { index, key in
            requests[index].of(key)
        }
    }

    /// Returns the gather of columns of one list; nil if the columns are in several, or cannot be read as those of one file.
    func gather(_ requests: [ColumnRequest], batchesOf size: Int, from pool: TensorPool) -> BlockGather? {
        let parts = split(requests.map(\.column))
        guard parts.count == 1 else { return nil }
        return parts[0].list.gather(
            self.requests(requests, parts[0].keys, parts[0].indices), batchesOf: size, from: pool)
    }

    /// Returns columns of some rows, each stacked; nil for a column that files store in ways that differ.
    func stacked(
        _ rows: [Int], _ requests: [ColumnRequest], from pool: TensorPool
    ) throws(ColonnadeError) -> [Tensor?] {
        var result = [Tensor?](repeating: nil, count: requests.count)
        let readable = requests.indices.filter { canRead(requests[$0].column) }
        for (list, keys, places) in split(readable.map { requests[$0].column }) {
            let indices = places.map { readable[$0] }
            guard
                let gather = list.gather(
                    self.requests(requests, keys, indices), batchesOf: rows.count, from: pool)
            else { continue }
            for (index, tensor) in zip(indices, try gather.batch(of: rows)) { result[index] = tensor }
        }
        return result
    }

    private func canRead(_ column: Int) -> Bool {
        let place = places[column]
        return lists[place.list].datasets.canRead(place.key)
    }

    func checkIntact() throws(ColonnadeError) {
        for list in lists { try list.datasets.checkIntact() }
    }

    func checkCompletely() throws(ColonnadeError) {
        for list in lists { try list.datasets.checkCompletely() }
    }

    var isCheckedMeanwhile: Bool { lists.allSatisfy(\.isCheckedMeanwhile) }

    func finishChecks(_ columns: [Int], while isWanted: () -> Bool) throws(ColonnadeError) -> Bool {
        for (list, keys, _) in split(columns) where try !list.finishChecks(keys, while: isWanted) { return false }
        return true
    }

    func needsWarming(_ columns: [Int]) -> Bool {
        split(columns).contains { $0.list.needsWarming($0.keys) }
    }

    func warm(_ columns: [Int], while isWanted: () -> Bool) {
        for (list, keys, _) in split(columns) { list.warm(keys, while: isWanted) }
    }
}
