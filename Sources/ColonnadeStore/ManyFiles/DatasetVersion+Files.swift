// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat

/// Files of a version, and the check that they are those with which it was made.
extension DatasetVersion {
    /// Opens the file of a fragment (rules M13 and M14).
    func openFile(
        _ index: Int, _ verification: StoredDataset.Verification
    ) throws(ColonnadeError) -> StoredDataset {
        let path = folder.path(ofFile: manifest.files[index].name)
        do throws(ColonnadeError) {
            var places: [Int: ChannelPlace] = [:]
            for (field, column) in zip(schema, columnsOfLayout[manifest.files[index].layout]) {
                places[column] = field.channelPlace
            }
            let dataset = try StoredDataset(path: path, verification: verification, channelPlaces: places)
            try check(dataset.layout, index)
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

    private func check(_ layout: FileLayout, _ index: Int) throws(ColonnadeError) {
        let (fragment, file) = (manifest.fragments[index], manifest.files[index])
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
        for (field, column) in zip(schema, columnsOfLayout[file.layout]) {
            let other = layout.footer.columns[column].field
            guard other.kind == field.kind, other.dtype == field.dtype,
                other.shape == field.shape, other.meaning == field.meaning
            else {
                throw .broken(
                    114, "column \"\(field.name)\" of version \(version) is \(other) in it: write the data set anew")
            }
        }
    }

    /// Returns all files with the columns of the data set in them, if one table can locate their rows: they have one layout, and
    /// may all be open. Returns nil for other versions, and if a file cannot be opened; reading its rows says why.
    package func joinedFiles() -> (datasets: [StoredDataset], columns: [[Int]])? {
        guard !manifest.files.isEmpty, manifest.files.count <= DatasetVersion.mostOpenFiles,
            manifest.files.allSatisfy({ $0.layout == manifest.files[0].layout })
        else { return nil }
        var datasets: [StoredDataset] = []
        datasets.reserveCapacity(manifest.files.count)
        for index in manifest.files.indices {
            guard let dataset = try? file(index) else { return nil }
            datasets.append(dataset)
        }
        let columns = columnsOfLayout[manifest.files[0].layout]
        return (datasets, datasets.map { _ in columns })
    }
}
