// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat

/// Files of a version, and the check that they are those with which it was made.
extension DatasetVersion {
    /// Opens a file by its index among those of all fragments, which is one of fragment `fragment` (rules M13 and M14).
    func openFile(
        _ index: Int, ofFragment fragment: Int, _ verification: StoredDataset.Verification
    ) throws(ColonnadeError) -> StoredDataset {
        let path = folder.path(ofFile: manifest.files[index].name)
        do throws(ColonnadeError) {
            var places: [Int: ChannelPlace] = [:]
            for (field, column) in zip(schema, columnsOfLayout[manifest.files[index].layout]) {
                if let column { places[column] = field.channelPlace }
            }
            let dataset = try StoredDataset(path: path, verification: verification, channelPlaces: places)
            try check(dataset.layout, index, fragment)
            return dataset
        } catch {
            guard error.code == .fileNotFound else {
                throw ColonnadeError(
                    error.code, "\(error.message) (a file of version \(version))", at: error.place, rule: error.rule
                ).located(in: path)
            }
            throw ColonnadeError(
                .fileNotFound,
                "version \(version) needs this file, which is not there: restore it, or open the newest version if old ones "
                    + "were removed", at: .file(path), rule: 113)
        }
    }

    private func check(_ layout: FileLayout, _ index: Int, _ fragment: Int) throws(ColonnadeError) {
        let (fragment, file) = (manifest.fragments[fragment], manifest.files[index])
        guard file.pins(layout) else {
            throw .broken(
                113,
                "it was replaced, or rows were appended to it, after version \(version) was made: restore it from a copy"
            )
        }
        let expected = manifest.layouts[file.layout]
        let numbers = expected.columns.map(\.number)
        guard layout.footer.columns.count == numbers.count, layout.footer.rowCount == fragment.rowCount,
            FragmentLayout(layout.footer.columns, numbers: numbers, groups: layout.footer.groups) == expected
        else {
            throw .broken(
                114, "its rows or columns are not those that version \(version) says: write the data set anew")
        }
        let allowsOtherLabels = manifest.allowsOtherLabels
        for (field, column) in zip(schema, columnsOfLayout[file.layout]) {
            guard let column else { continue }
            let other = layout.footer.columns[column].field
            var isSame = other.meaning == field.meaning
            if allowsOtherLabels, case .classLabels = other.meaning, case .classLabels = field.meaning { isSame = true }
            guard isSame, other.kind == field.kind, other.dtype == field.dtype, other.shape == field.shape else {
                throw .broken(
                    114, "column \"\(field.name)\" of version \(version) is \(other) in it: write the data set anew")
            }
        }
    }

    /// Columns that are in one file of each fragment, so that one table locates their rows.
    package struct Joinable {
        /// The file of each fragment.
        package let datasets: [StoredDataset]
        package let columns: [Int]
        /// By fragment, the index of each of the columns in its file.
        package let numbers: [[Int]]
    }

    /// Returns the files of all columns, in lists of columns that are in one file of each fragment. Returns nil if more files than
    /// `mostJoinedFiles` would be open at once, and if a file cannot be opened; reading its rows says why. O(files × columns).
    package func joinableFiles() -> [Joinable]? {
        guard !manifest.fragments.isEmpty, manifest.files.count <= DatasetVersion.mostJoinedFiles else { return nil }
        // Most fragments have files of the same layouts.
        var kinds: [[Int]: Int] = [:]
        var slots: [[Int]] = []
        let kindOfFragment = manifest.fragments.map { fragment in
            let layouts = manifest.files[fragment.files].map(\.layout)
            if let kind = kinds[layouts] { return kind }
            slots.append(
                schema.indices.compactMap { column in
                    layouts.firstIndex { columnsOfLayout[$0][column] != nil }
                })
            kinds[layouts] = slots.count - 1
            return slots.count - 1
        }
        guard slots.allSatisfy({ $0.count == schema.count }) else { return nil }
        let lists = Dictionary(grouping: schema.indices) { column in slots.map { $0[column] } }
        var result: [Joinable] = []
        for (slotOfKind, columns) in lists.sorted(by: { $0.value[0] < $1.value[0] }) {
            var (datasets, numbers) = ([StoredDataset](), [[Int]]())
            var known = [[Int]?](repeating: nil, count: slots.count)
            for (index, kind) in kindOfFragment.enumerated() {
                let slot = slotOfKind[kind]
                guard let dataset = try? file(slot, ofFragment: index) else { return nil }
                let layout = manifest.files[manifest.fragments[index].files.lowerBound + slot].layout
                let own = known[kind] ?? columns.compactMap { columnsOfLayout[layout][$0] }
                known[kind] = own
                datasets.append(dataset)
                numbers.append(own)
            }
            result.append(Joinable(datasets: datasets, columns: columns, numbers: numbers))
        }
        return result
    }
}
