// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeFormat

/// Changes of the columns of a data set of many files, each of which makes a version with one commit. No file with rows is
/// written or changed. A lone file becomes a data set of many files, with itself as the first file.
extension DatasetVersion {
    /// Removes columns from the newest version, and returns the new version. Files in which no other column is are removed from
    /// it too.
    ///
    /// Throws `unknownKey` for a column that it does not have; `invalidArgument` if none is named or none would remain, or if another writer
    /// changed one of them meanwhile; the errors of a commit.
    @discardableResult
    public static func dropColumns(_ names: [String], at path: String) throws(ColonnadeError) -> Int {
        guard !names.isEmpty else { throw ColonnadeError(.invalidArgument, "name the columns to drop") }
        return try change(path) { (manifest) throws(ColonnadeError) in
            ColumnChange.drop(
                try names.map { (name) throws(ColonnadeError) in try ColumnChange.Pin(name, in: manifest) },
                of: manifest)
        }
    }

    /// Gives columns of the newest version other names, all at once, and returns the new version.
    ///
    /// Throws `unknownKey` for a column that it does not have; `invalidArgument` if none is named, for a name that occurs twice, or is no name of
    /// a column, or if another writer changed one of the columns meanwhile; the errors of a commit.
    @discardableResult
    public static func renameColumns(
        _ names: [(old: String, new: String)], at path: String
    ) throws(ColonnadeError) -> Int {
        guard !names.isEmpty else { throw ColonnadeError(.invalidArgument, "name the columns to rename") }
        return try change(path) { (manifest) throws(ColonnadeError) in
            guard Set(names.map { ExactName($0.old) }).count == names.count else {
                throw ColonnadeError(.invalidArgument, "a column is renamed twice: give each one name")
            }
            return ColumnChange.rename(
                try names.map { (change) throws(ColonnadeError) in
                    (try ColumnChange.Pin(change.old, in: manifest), change.new)
                }, of: manifest)
        }
    }

    /// Corrects the class labels of a column of the newest version, and returns the new version.
    ///
    /// Throws `unknownKey` for a column that it does not have; `invalidArgument` if the column has no class labels, or a value
    /// without a label among the new ones; the errors of a commit.
    @discardableResult
    public static func setClassLabels(
        _ labels: [String], ofColumn name: String, at path: String
    ) throws(ColonnadeError) -> Int {
        try change(path) { (manifest) throws(ColonnadeError) in
            ColumnChange.label([(try ColumnChange.Pin(name, in: manifest), labels)], of: manifest)
        }
    }

    private static func change(
        _ path: String, _ make: (Manifest) throws(ColonnadeError) -> ColumnChange
    ) throws(ColonnadeError) -> Int {
        do throws(ColonnadeError) {
            if try DatasetFolder.isFolder(path) {
                let folder = DatasetFolder(path)
                let manifest = try folder.newest()
                return Int(clamping: try make(manifest).commit(to: folder).commit.version)
            }
            let conversion = try FolderConversion(path)
            let folder = conversion.folder
            let manifest: Manifest
            do throws(ColonnadeError) {
                manifest = try make(try folder.newest()).commit(to: folder)
            } catch {
                throw error.moved(from: folder.path, to: path)
            }
            try conversion.publish()
            return Int(clamping: manifest.commit.version)
        } catch {
            throw error.located(in: path)
        }
    }
}
