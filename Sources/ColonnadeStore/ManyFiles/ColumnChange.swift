// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat

/// A change of the columns of a data set of many files, which applies to any version that still has the columns.
struct ColumnChange: Sendable {
    /// A column that a caller named. Its number tells whether another writer has replaced it meanwhile.
    struct Pin: Sendable {
        let name: String
        let number: UInt32
        /// The meaning that new values of the column took over from it; nil for none.
        var takenMeaning: Field.Meaning?

        /// Pins the column of a version. Throws `unknownKey`.
        init(_ name: String, in manifest: Manifest) throws(ColonnadeError) {
            let schema = try Schema(manifest.footer.valueFields)
            self.init(name, manifest.columnNumbers[try schema.index(ofColumn: name)])
        }

        init(_ name: String, _ number: UInt32) {
            self.name = name
            self.number = number
        }

        /// Returns the index of the column in a version. Throws `invalidArgument` if the version does not have it.
        func index(in manifest: Manifest, _ folder: DatasetFolder) throws(ColonnadeError) -> Int {
            if let index = manifest.columnNumbers.firstIndex(of: number) { return index }
            throw ColonnadeError(
                .invalidArgument,
                "another writer has dropped or replaced column \"\(name)\" meanwhile, in version "
                    + "\(manifest.commit.parent) or before: nothing was changed, run this again", at: .file(folder.path)
            )
        }

        /// Throws `invalidArgument` if a version does not have the column, or has it under another name, or with another meaning than
        /// the one that was taken over.
        func check(_ manifest: Manifest, _ folder: DatasetFolder) throws(ColonnadeError) {
            let field = manifest.footer.columns[try index(in: manifest, folder)].field
            let now = field.name
            if let takenMeaning, takenMeaning != field.meaning {
                throw ColonnadeError(
                    .invalidArgument,
                    "another writer has changed the class names of column \"\(name)\" meanwhile: nothing was changed, run this again",
                    at: .file(folder.path))
            }
            guard now.hasBytes(of: name) else {
                throw ColonnadeError(
                    .invalidArgument,
                    "another writer has renamed column \"\(name)\" to \"\(now)\" meanwhile: nothing was changed, run this again",
                    at: .file(folder.path))
            }
        }
    }

    private enum Kind {
        /// Columns of the fragments with these numbers, in files with the columns of `footer`. Values of `inputs` were read to
        /// make them, and they take the place of `replaced`.
        case add(footer: FileFooter, fragments: [UInt64], inputs: [Pin], replaced: [Pin])
        case drop([Pin])
        case rename([(pin: Pin, name: String)])
        case label([(pin: Pin, labels: [String])])
    }

    private let kind: Kind
    /// The data set that has the columns: in another one, their numbers mean others.
    private let dataset: RandomNumber
    /// The files with columns: one for each fragment.
    let files: [WrittenFragment]

    private init(_ kind: Kind, of manifest: Manifest, _ files: [WrittenFragment] = []) {
        self.kind = kind
        dataset = manifest.commit.dataset
        self.files = files
    }

    static func add(
        _ footer: FileFooter, _ files: [WrittenFragment], to manifest: Manifest, inputs: [Pin], replaced: [Pin]
    ) -> ColumnChange {
        let fragments = manifest.fragments.map(\.number)
        return ColumnChange(
            .add(footer: footer, fragments: fragments, inputs: inputs, replaced: replaced), of: manifest, files)
    }
    static func drop(_ pins: [Pin], of manifest: Manifest) -> ColumnChange { ColumnChange(.drop(pins), of: manifest) }
    static func rename(_ pins: [(pin: Pin, name: String)], of manifest: Manifest) -> ColumnChange {
        ColumnChange(.rename(pins), of: manifest)
    }
    static func label(_ pins: [(pin: Pin, labels: [String])], of manifest: Manifest) -> ColumnChange {
        ColumnChange(.label(pins), of: manifest)
    }

    var operation: UInt8 {
        switch kind {
        case .add(_, _, _, let replaced):
            replaced.isEmpty ? ManifestCommit.addColumns : ManifestCommit.replaceColumns
        case .drop: ManifestCommit.dropColumns
        case .rename: ManifestCommit.renameColumns
        case .label: ManifestCommit.labelColumns
        }
    }

    /// Makes the change in a manifest.
    ///
    /// Throws `invalidArgument` if another writer has changed the columns or rows meanwhile so that the change does not apply
    /// any more.
    func apply(to manifest: inout Manifest, in folder: DatasetFolder) throws(ColonnadeError) {
        do throws(ColonnadeError) {
            guard manifest.commit.dataset == dataset else {
                throw ColonnadeError(
                    .invalidArgument,
                    "it was replaced by another data set meanwhile: nothing was changed, run this again")
            }
            switch kind {
            case .add(let footer, let fragments, let inputs, let replaced):
                for pin in inputs { _ = try pin.index(in: manifest, folder) }
                // The place is that of the name.
                for pin in replaced { try pin.check(manifest, folder) }
                try add(footer, fragments, replaced, to: &manifest, folder)
            case .drop(let pins):
                let indices = try pins.map { (pin) throws(ColonnadeError) in try pin.index(in: manifest, folder) }
                try manifest.remove(columns: Set(indices))
            case .rename(let changes): try rename(changes, in: &manifest, folder)
            case .label(let changes):
                for (pin, labels) in changes {
                    let index = try pin.index(in: manifest, folder)
                    try ColumnChange.check(labels, for: manifest.footer.columns[index])
                    manifest.label(column: index, labels)
                }
            }
            try GroupPlan.validate(try Schema(manifest.footer.columns.map(\.field)))
        } catch {
            throw error.located(in: folder.path)
        }
    }

    private func add(
        _ footer: FileFooter, _ numbers: [UInt64], _ replaced: [Pin], to manifest: inout Manifest,
        _ folder: DatasetFolder
    ) throws(ColonnadeError) {
        guard manifest.fragments.map(\.number) == numbers,
            manifest.fragments.map(\.rowCount) == files.map(\.rowCount)
        else {
            throw ColonnadeError(
                .invalidArgument,
                "other writers have added rows meanwhile, for which there are no values: nothing was changed, run this again",
                at: .file(folder.path))
        }
        for field in footer.valueFields {
            guard let index = manifest.index(ofColumn: field.name) else { continue }
            guard replaced.contains(where: { $0.number == manifest.columnNumbers[index] }) else {
                throw ColonnadeError(
                    .invalidArgument,
                    "another writer has added a column \"\(field.name)\" meanwhile: nothing was changed, give the column "
                        + "another name, or replace it", at: .file(folder.path))
            }
        }
        let columns = try manifest.add(footer.columns, groups: footer.groups, metadata: footer.metadata)
        try manifest.add(
            files.map { file in
                Manifest.ColumnFile(
                    file.file,
                    FragmentLayout(file.layout.footer.columns, numbers: columns, groups: file.layout.footer.groups),
                    file.layout.footer.columns.map(\.statistics))
            })
    }

    private func rename(
        _ changes: [(pin: Pin, name: String)], in manifest: inout Manifest, _ folder: DatasetFolder
    ) throws(ColonnadeError) {
        // All columns are found before the first one is renamed, so that two of them may exchange their names.
        var indices: [Int] = []
        for change in changes { indices.append(try change.pin.index(in: manifest, folder)) }
        manifest.rename(zip(indices, changes).map { ($0, $1.name) })
    }

    /// Throws `invalidArgument` unless every value of a column of class labels is an index of a label.
    static func check(_ labels: [String], for column: ColumnDescriptor) throws(ColonnadeError) {
        guard case .classLabels = column.field.meaning else {
            throw ColonnadeError(
                .invalidArgument,
                "column \"\(column.field.name)\" has no class labels to correct: replace the column by one with labels")
        }
        guard column.statistics.elements == 0 || column.statistics.max.double < Double(labels.count) else {
            throw ColonnadeError(
                .invalidArgument,
                "column \"\(column.field.name)\" has the value \(Int(column.statistics.max.double)), for which there is no "
                    + "label among \(labels.count): add the missing labels")
        }
    }
}
