// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// The check of a data set of many files: all manifests, all files of all versions, and files that no version names.
package enum FolderVerifier {
    package struct Report {
        package let byteCount: Int
        package let blockCount: Int
        package let fileCount: Int
        /// The errors that were found, at most `DatasetVerifier.limit` of them.
        package let problems: [ColonnadeError]
        /// The paths of files that no version names: of writers that have not committed yet, or that were stopped.
        package let unreferenced: [String]
    }

    /// The values that must be equal in a file and in a version that names it (rule M14).
    private struct Columns: Hashable {
        let fields: [Field]
        let numbers: [UInt32]
        let allowsOtherLabels: Bool
    }

    /// A file as versions with the same columns describe it.
    private struct Use: Hashable {
        let file: FragmentFile
        let rowCount: Int
        let columns: Int
    }

    /// Verifies a data set.
    ///
    /// - Parameters:
    ///   - path: the folder.
    ///   - progress: the function that Colonnade calls after each segment with the numbers of bytes read and of all. If it
    ///     returns false, the verification stops.
    /// - Throws: `fileNotFound` if there is no data set or no version, `cancelled`, `system`.
    package static func verify(
        path: String, progress: (_ done: Int, _ of: Int) -> Bool = { _, _ in true }
    ) throws(ColonnadeError) -> Report {
        let folder = DatasetFolder(path)
        // Files are listed before versions: a file that is committed meanwhile is then in a version that is read.
        let present = try folder.dataFiles()
        let versions = try folder.allVersions()
        if versions.isEmpty { _ = try folder.newest() }
        var problems: [ColonnadeError] = []
        // The files of all versions, once for each set of columns that versions have, with the newest version that has it. Versions number
        // their layouts differently: here, a layout has the number that it got first.
        var layouts: [FragmentLayout: Int] = [:]
        var columns: [Columns: Int] = [:]
        var files: [Use: (version: DatasetVersion, index: Int, fragment: Int)] = [:]
        var dataset: RandomNumber?
        for version in versions.reversed() {
            do throws(ColonnadeError) {
                let manifest = try folder.manifest(version)
                let opened = try DatasetVersion(folder, manifest, .off)
                guard dataset ?? manifest.commit.dataset == manifest.commit.dataset else {
                    throw ColonnadeError(
                        .corruptFile, "it is a version of another data set: move it to the folder of that",
                        at: .file(folder.path(ofVersion: version)))
                }
                dataset = manifest.commit.dataset
                let numbers = manifest.layouts.map { layout in
                    let number = layouts[layout] ?? layouts.count
                    layouts[layout] = number
                    return number
                }
                let own = Columns(
                    fields: manifest.footer.columns.map(\.field), numbers: manifest.columnNumbers,
                    allowsOtherLabels: manifest.allowsOtherLabels)
                let number = columns[own] ?? columns.count
                columns[own] = number
                for (fragment, record) in manifest.fragments.enumerated() {
                    for index in record.files {
                        var file = manifest.files[index]
                        file.layout = numbers[file.layout]
                        let use = Use(file: file, rowCount: record.rowCount, columns: number)
                        if files[use] == nil { files[use] = (opened, index, fragment) }
                    }
                }
            } catch {
                // A version that was removed meanwhile is none.
                if error.code == .fileNotFound, try folder.isRemoved(version) { continue }
                problems.append(error)
            }
        }
        let sorted = files.sorted {
            ($0.value.version.version, $0.value.index) < ($1.value.version.version, $1.value.index)
        }
        var ends: [RandomNumber: Int] = [:]
        for (use, _) in sorted { ends[use.file.name] = use.file.end }
        let total = ends.values.reduce(0) { $0.saturatingSum($1) }
        var unread = ends
        var (done, blocks) = (0, 0)
        var verified: Set<RandomNumber> = []
        for (use, place) in sorted where problems.count < DatasetVerifier.limit {
            let file = use.file
            let path = folder.path(ofFile: file.name)
            do throws(ColonnadeError) {
                _ = try place.version.openFile(place.index, ofFragment: place.fragment, .off)
                guard verified.insert(file.name).inserted else { continue }
                let report = try DatasetVerifier.verify(path: path) { bytes, _ in
                    progress(done.saturatingSum(bytes), total)
                }
                blocks += report.blockCount
                problems += report.problems
            } catch {
                if error.code == .cancelled { throw error }
                if error.code == .fileNotFound, try folder.isRemoved(place.version.manifest.commit.version) { continue }
                problems.append(error)
            }
            done = done.saturatingSum(unread.removeValue(forKey: file.name) ?? 0)
        }
        for damage in try folder.taggedManifests().damage where !problems.contains(damage) { problems.append(damage) }
        let named = Set(ends.keys)
        let unreferenced = present.filter { file in
            DatasetFolder.file(ofName: file).map { !named.contains($0) } ?? true
        }.map { "\(folder.data)/\($0)" }
        return Report(
            byteCount: done, blockCount: blocks, fileCount: ends.count,
            problems: Array(problems.prefix(DatasetVerifier.limit)), unreferenced: unreferenced)
    }
}

extension DatasetFolder {
    func isRemoved(_ version: UInt64) throws(ColonnadeError) -> Bool {
        try Syscalls.status(path: path(ofVersion: version)) == nil
    }

    /// Returns the names of the files in `data`, sorted.
    func dataFiles() throws(ColonnadeError) -> [String] {
        guard try Syscalls.status(path: data) != nil else { return [] }
        return try Syscalls.names(inFolder: data).sorted()
    }
}
