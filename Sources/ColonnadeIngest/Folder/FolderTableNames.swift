// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The files that a table names, which are compared with those of its folder.
struct FolderTableNames {
    /// The number of rows that name a file.
    private(set) var rows: NameMap<Int> = [:]

    /// Reads the names of a table. Notes rows whose file is not in the folder, and files that no row names.
    init(
        _ entries: [FolderListing.Entry], table path: String, _ options: IngestOptions, _ bad: inout BadFiles
    ) throws(ColonnadeError) {
        let table = try FolderTable(path: path, options: options)
        let known = Set(entries.map { ExactName($0.name) })
        let title = String(path.split(separator: "/").last ?? "")
        var record = 0
        while let (file, _) = try table.next() {
            record += 1
            if known.contains(ExactName(file)) {
                rows[file] = (rows[file] ?? 0) + 1
            } else {
                let reason = file.isEmpty ? "it names no file" : "it names \(file), which is not in the folder"
                let error = ColonnadeError(.invalidSource, "\(reason): correct the row, or remove it")
                try bad.note("\(title), record \(record)", error)
            }
        }
        for entry in entries where rows[entry.name] == nil {
            try bad.note(
                entry.name, ColonnadeError(.invalidSource, "no row of \(title) names it: add one, or remove the file"))
        }
    }
}
