// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat

/// A file with rows that is complete in the folder of a data set, and that no version names yet. It is durable before a version names it.
struct WrittenFragment: Sendable {
    let file: FragmentFile
    let layout: FileLayout
    /// The columns for which the rows were written; nil if the data set had no version then.
    var pinned: PinnedColumns?

    var rowCount: Int { layout.footer.rowCount }
    var segmentCount: Int { layout.footer.runs.reduce(0) { $0 + $1.segments.count } }

    /// Reads the description of a file in a folder. Throws the errors of opening it.
    init(_ name: RandomNumber, in folder: DatasetFolder) throws(ColonnadeError) {
        let dataset = try StoredDataset(path: folder.path(ofFile: name), verification: .off)
        layout = dataset.layout
        file = FragmentFile(
            name: name, end: layout.commit.end, footerLength: layout.trailer.footerLength,
            footerChecksum: layout.trailer.footerChecksum, layout: 0)
    }

    /// Adds the rows to a version. Throws `invalidArgument`, with the difference, if the columns are not those of the
    /// version.
    func add(to manifest: inout Manifest, in folder: DatasetFolder) throws(ColonnadeError) {
        let columns = manifest.footer.columns
        var numbers: [UInt32] = []
        var statistics = columns.map(\.statistics)
        for column in layout.footer.columns {
            guard let index = columns.firstIndex(where: { $0.field == column.field }) else {
                throw difference(column.field, columns.map(\.field), folder)
            }
            do throws(ColonnadeError) {
                try pinned?.check(column.field.name, index, in: manifest)
            } catch {
                throw error.located(in: folder.path)
            }
            numbers.append(manifest.columnNumbers[index])
            statistics[index] = column.statistics
        }
        guard numbers.count == columns.count else {
            let missing = columns.first { column in !layout.footer.columns.contains { $0.field == column.field } }
            throw ColonnadeError(
                .invalidArgument,
                "its rows lack the column \"\(missing?.field.name ?? "")\" of version \(manifest.commit.parent): write them again",
                at: .file(folder.path(ofFile: file.name)))
        }
        try manifest.append(
            file, rowCount: rowCount,
            FragmentLayout(layout.footer.columns, numbers: numbers, groups: layout.footer.groups), statistics)
    }

    private func difference(_ field: Field, _ fields: [Field], _ folder: DatasetFolder) -> ColonnadeError {
        let place = ColonnadeError.Place.file(folder.path(ofFile: file.name))
        guard let other = fields.first(where: { $0.name.hasBytes(of: field.name) }) else {
            return ColonnadeError(
                .invalidArgument, "its column \"\(field.name)\" is none of the data set's: write the rows again",
                at: place)
        }
        let isMeaning = other.typeDescription == field.typeDescription
        return ColonnadeError(
            .invalidArgument,
            isMeaning
                ? "its column \"\(field.name)\" has other class names, or another meaning, than in the data set: write the rows again"
                : "its column \"\(field.name)\" is \(field.typeDescription), and \(other.typeDescription) in the data set: write "
                    + "the rows again", at: place)
    }
}
