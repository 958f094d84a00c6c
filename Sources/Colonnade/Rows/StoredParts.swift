// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore
import ColonnadeSystem

/// Parts that are the unchanged rows of files, so that one gather reads rows of all files.
struct StoredParts: Sendable {
    let datasets: JoinedDatasets
    /// The keys whose blocks are checked in all files, so that later passes need not ask each file.
    private let checked = Monitor<Set<[Int]>>([])
    /// The keys whose pages are mapped in all files.
    private let mapped = Monitor<Set<[Int]>>([])

    /// Makes the files of parts; nil if a part is not the unchanged rows of a file. O(segments × columns).
    init?(_ parts: [RowPlan]) {
        var datasets: [StoredDataset] = []
        var numbers: [[Int]] = []
        for part in parts {
            guard let (dataset, columns) = part.storedColumns else { return nil }
            datasets.append(dataset)
            numbers.append(columns)
        }
        self.init(datasets, columns: numbers)
    }

    /// Makes the files of parts. `numbers` has the column of each key, by file. Traps if there is no file.
    /// O(segments × columns).
    init(_ datasets: [StoredDataset], columns numbers: [[Int]]) {
        self.datasets = JoinedDatasets(datasets, columns: numbers)
    }

    /// Returns the gather of some keys; nil if the files store one of them in ways that differ.
    func gather(_ requests: [ColumnRequest], batchesOf size: Int, from pool: TensorPool) -> BlockGather? {
        guard requests.allSatisfy({ datasets.canRead($0.column) }) else { return nil }
        return BlockGather(datasets, requests, batchesOf: size, from: pool)
    }

    func needsWarming(_ keys: [Int]) -> Bool {
        guard !datasets.isLargerThanMemory, !mapped.withLock({ $0.contains(keys) }) else { return false }
        var areMapped = true
        for (dataset, columns) in zip(datasets.datasets, datasets.columnIndices) {
            let columns = keys.map { columns[$0] }
            if dataset.needsWarming(columns: columns) { return true }
            // A thread may still be mapping them, and stop before it is done.
            areMapped = areMapped && dataset.isWarm(columns: columns)
        }
        if areMapped { mapped.withLock { _ = $0.insert(keys) } }
        return false
    }

    func warm(_ keys: [Int], while isWanted: () -> Bool) {
        // The files together may exceed the memory, although none of them does alone.
        guard !datasets.isLargerThanMemory else { return }
        for (dataset, columns) in zip(datasets.datasets, datasets.columnIndices) where isWanted() {
            dataset.warm(columns: keys.map { columns[$0] }, while: isWanted)
        }
    }
}

extension StoredParts {
    var isCheckedMeanwhile: Bool {
        !datasets.isLargerThanMemory && datasets.datasets.contains(where: \.isCheckedMeanwhile)
    }

    func finishChecks(_ keys: [Int], while isWanted: () -> Bool) throws(ColonnadeError) -> Bool {
        if checked.withLock({ $0.contains(keys) }) { return true }
        for (dataset, columns) in zip(datasets.datasets, datasets.columnIndices)
        where try !dataset.finishChecks(columns: keys.map { columns[$0] }, while: isWanted) {
            return false
        }
        checked.withLock { _ = $0.insert(keys) }
        return true
    }
}

extension RowPlan {
    /// The file whose unchanged rows a plan returns, and the column of each key; nil for other plans.
    fileprivate var storedColumns: (dataset: StoredDataset, columns: [Int])? {
        guard hasOrderOfSource, let stored = storedRange else { return nil }
        return (stored.dataset, stored.columns)
    }
}
