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

    /// The files of a version whose rows one table can locate: for each fragment the file with the same columns.
    package struct Joinable {
        package let datasets: [StoredDataset]
        /// The index of each column of the data set in the files; nil for columns that they do not have.
        package let columns: [Int?]
    }

    /// Returns all files, in lists of files that can be read as one, if all fragments have files of the same layouts and not
    /// too many files are open at once. Returns nil for other versions, and if a file cannot be opened; reading its rows says
    /// why.
    package func joinableFiles() -> [Joinable]? {
        guard let first = manifest.fragments.first, manifest.files.count <= DatasetVersion.mostJoinedFiles else {
            return nil
        }
        let layouts = manifest.files[first.files].map(\.layout)
        guard manifest.fragments.allSatisfy({ manifest.files[$0.files].lazy.map(\.layout).elementsEqual(layouts) })
        else { return nil }
        var lists: [[StoredDataset]] = layouts.map { _ in [] }
        for fragment in manifest.fragments.indices {
            for slot in layouts.indices {
                guard let dataset = try? file(slot, ofFragment: fragment) else { return nil }
                lists[slot].append(dataset)
            }
        }
        return zip(lists, layouts).map { Joinable(datasets: $0, columns: columnsOfLayout[$1]) }
    }
}
