// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// The files of a folder that has a folder for each class, or a table that names its files, or only files. Names are in the order
/// of their bytes.
///
/// Links are followed. Names that begin with a dot, `Thumbs.db` and `desktop.ini` are ignored: systems make such files.
struct FolderListing {
    /// A file: the index of its class, and its path from the folder on.
    struct Entry {
        let label: Int?
        let name: String
    }

    let path: String
    /// The name of the table; nil if there is none.
    private(set) var table: String?
    /// The names of the folders; empty if there are only files.
    private(set) var classes: [String] = []
    private(set) var entries: [Entry] = []
    /// Entries that are no files, and files beside the folders of the classes, each with the reason.
    private(set) var faults: [(name: String, error: ColonnadeError)] = []
    private var meter = InterruptMeter()

    /// Names of folders that have a split of a data set, and not a class.
    private static let splitNames: Set<String> = [
        "train", "training", "val", "valid", "validation", "dev", "test", "testing", "eval",
    ]

    /// The deepest level of folders, so that links in a circle come to an end.
    private static let deepest = 32

    /// Lists a folder. Throws `fileNotFound`, `system`, and `invalidSource` for folders in the folder of a class, for folders of
    /// splits, and if there are no files.
    init(path: String) throws(ColonnadeError) {
        let scalars = path.unicodeScalars
        let end = scalars.lastIndex { $0 != "/" }.map { scalars.index(after: $0) } ?? scalars.endIndex
        self.path = String(scalars[..<end])
        let (files, folders) = try contents("")
        let tables = files.filter { FolderTable.names.contains($0) }
        guard tables.count < 2 else {
            throw failure("it has \(tables.joined(separator: " and ")): remove all tables but one")
        }
        if let table = tables.first {
            self.table = table
            try append(files.filter { !$0.hasBytes(of: table) }, folders, "", depth: 0)
            return
        }
        guard !folders.isEmpty else {
            for file in files {
                if let fault = Self.faultOfTable(file) {
                    faults.append((file, fault))
                } else {
                    entries.append(Entry(label: nil, name: file))
                }
            }
            try checkIsNotEmpty()
            return
        }
        try checkAreClasses(folders)
        classes = folders
        for (label, folder) in folders.enumerated() {
            let (files, inner) = try contents("\(folder)/")
            if let first = inner.first { throw nested("\(folder)/\(first)", folders) }
            for file in files { entries.append(Entry(label: label, name: file)) }
        }
        for file in files {
            let fault = Self.fault("it is beside the folders of the classes: move it into one, or remove it")
            faults.append((file, Self.faultOfTable(file) ?? fault))
        }
        try checkIsNotEmpty()
    }

    /// Drops all files but some. The classes stay. The faults stay with the first files, so that one task reports them.
    mutating func keep(_ range: Range<Int>) {
        entries = Array(entries[range])
        if range.lowerBound > 0 { faults = [] }
    }

    /// Returns the fault of a table with another name than those of tables that name files; nil for other files.
    private static func faultOfTable(_ name: String) -> ColonnadeError? {
        guard [".csv", ".tsv", ".jsonl"].contains(where: { name.endsWithBytes(of: $0) }) else { return nil }
        return fault(
            "it is a table, and one that names the files is called \(FolderTable.names.joined(separator: ", ")): rename it, or "
                + "remove it")
    }

    /// Appends files, and those in folders at any level.
    private mutating func append(
        _ files: [String], _ folders: [String], _ prefix: String, depth: Int
    ) throws(ColonnadeError) {
        guard depth < Self.deepest else {
            throw failure(
                "its folders are more than \(Self.deepest) deep, or links lead in a circle: "
                    + prefix.readableFileName)
        }
        entries += files.map { Entry(label: nil, name: $0) }
        for folder in folders {
            let inner = "\(prefix)\(folder)/"
            let (files, folders) = try contents(inner)
            try append(files, folders, inner, depth: depth + 1)
        }
    }

    /// Returns the files and the folders in a folder. Notes all else as faults.
    private mutating func contents(_ prefix: String) throws(ColonnadeError) -> (files: [String], folders: [String]) {
        let base = "\(path)/\(prefix)"
        var (files, folders): ([String], [String]) = ([], [])
        let names = try Syscalls.names(inFolder: base).map { (bytes: $0.fileNameBytes, name: $0) }
        for (_, entry) in names.sorted(by: { $0.bytes.lexicographicallyPrecedes($1.bytes) }) {
            try meter.advanceByRow()
            guard !Self.isIgnored(entry) else { continue }
            let name = prefix + entry
            guard let status = try Syscalls.status(path: base + entry) else {
                faults.append((name, Self.fault("it is a link to a file that does not exist: correct the link")))
                continue
            }
            if status.isFolder {
                folders.append(entry)
            } else if status.isRegular {
                files.append(name)
            } else {
                faults.append((name, Self.fault("it is a pipe, a socket or a device: remove it")))
            }
        }
        return (files, folders)
    }

    /// Whether a file is one that systems make for themselves.
    static func isIgnored(_ name: String) -> Bool {
        name.utf8.first == UInt8(ascii: ".") || name == "Thumbs.db" || name == "desktop.ini"
    }

    private func checkAreClasses(_ folders: [String]) throws(ColonnadeError) {
        guard folders.allSatisfy({ Self.splitNames.contains($0.lowercased()) }) else {
            if let folder = folders.first(where: \.holdsEscapedBytes) {
                throw failure(
                    "the name of the folder \(folder.readableFileName) is not UTF-8, and class names are text: rename it"
                )
            }
            return
        }
        throw failure(
            "its folders (\(folders.joined(separator: ", "))) have the names of splits and not of classes: ingest each into a file "
                + "of its own, beginning with \(path)/\(folders[0]). If they are classes, rename one")
    }

    private func nested(_ name: String, _ folders: [String]) -> ColonnadeError {
        failure(
            "\(name.readableFileName) is a folder in the folder of a class: move its files up, or ingest "
                + "\(path)/\(folders[0].readableFileName) and its neighbours each into a file of its own")
    }

    private func checkIsNotEmpty() throws(ColonnadeError) {
        guard entries.isEmpty, faults.isEmpty else { return }
        throw failure(
            "it has no files: a folder is ingested if it has pictures or sound, or a folder of them for each class")
    }

    private func failure(_ message: String) -> ColonnadeError {
        ColonnadeError(.invalidSource, message, at: .file(path))
    }

    private static func fault(_ message: String) -> ColonnadeError { ColonnadeError(.invalidSource, message) }
}
