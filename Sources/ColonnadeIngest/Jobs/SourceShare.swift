// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore
import ColonnadeSystem

/// The part of the sources that one task of a job reads. The parts of all tasks, one after another, are the sources in their order:
/// consecutive files, or consecutive files of a folder if that is the only source.
struct SourceShare {
    let paths: [String]
    /// The files that the task reads of the only source, if it is a folder.
    let listing: FolderListing?
    /// The files of all tasks, if the only source is a folder.
    let listingOfAll: FolderListing?
    /// The number of files that the tasks share.
    let unitCount: Int
    let sources: TaskSources

    /// Divides sources among tasks. Throws `invalidArgument` for a folder with a table, and the errors of listing a folder.
    ///
    /// - Parameter extra: a text that is the same for all tasks and differs for work of another kind, such as other options.
    init(
        _ paths: [String], task: Int, of count: Int, _ options: IngestOptions, extra: String
    ) throws(ColonnadeError) {
        var names = paths
        var all: [String] = []
        if paths.count == 1, try options.format(of: paths[0]) == .folder {
            var listing = try FolderListing(path: paths[0])
            guard listing.table == nil else {
                throw ColonnadeError(
                    .invalidArgument, "tasks cannot share a folder with a table: ingest it by one process",
                    at: .file(paths[0]))
            }
            names = listing.entries.map(\.name)
            all = names.map { "\(listing.path)/\($0)" }
            listingOfAll = listing
            let part = SourceShare.part(task, of: count, names.count)
            listing.keep(part)
            self.listing = listing
            self.paths = part.isEmpty ? [] : paths
        } else {
            listing = nil
            listingOfAll = nil
            self.paths = Array(paths[SourceShare.part(task, of: count, paths.count)])
        }
        unitCount = names.count
        // The tasks read folders at different times, so the files of all folders tell whether they are the same work.
        var inFolders: [String] = []
        if listing == nil {
            for path in paths {
                let files = try SourceShare.files(of: path, options)
                inFolders += files ?? []
                all += files ?? [path]
            }
        }
        var files: [String] = []
        if let listing {
            files = listing.entries.map { "\(listing.path)/\($0.name)" }
        } else {
            for path in self.paths { files += try SourceShare.files(of: path, options) ?? [path] }
        }
        var texts: [String] = []
        for file in files { texts.append("\(file)\0\(try Syscalls.status(path: file)?.byteCount ?? 0)") }
        sources = TaskSources(
            ofJob: try SourceShare.hash(names + inFolders + [extra] + SourceShare.samples(of: all)),
            ofTask: SourceShare.hash(texts))
    }

    private static let mostSamples = 64
    private static let sampleBytes = 1024

    /// Returns texts that tell files from others with the same names, wherever they are mounted: the sizes of some files that lie evenly
    /// among all, and the bytes at their starts, middles and ends. Throws the errors of reading them.
    private static func samples(of files: [String]) throws(ColonnadeError) -> [String] {
        let count = min(files.count, mostSamples)
        var texts: [String] = []
        for index in 0..<count {
            let path = files[index * files.count / count]
            guard try Syscalls.status(path: path)?.isRegular == true else { continue }
            let file = try RegularFile(path: path)
            let last = max(0, file.byteCount - sampleBytes)
            var bytes: [UInt8] = []
            for start in [0, last / 2, last] {
                bytes += try file.read(start..<min(start + sampleBytes, file.byteCount))
            }
            texts.append("\(file.byteCount)\0\(bytes.hash64)")
        }
        return texts
    }

    /// Returns the paths of the files in a folder, and nil for other sources. Throws the errors of listing it.
    private static func files(of path: String, _ options: IngestOptions) throws(ColonnadeError) -> [String]? {
        guard try Syscalls.status(path: path)?.isFolder == true, try options.format(of: path) == .folder else {
            return nil
        }
        let listing = try FolderListing(path: path)
        return ((listing.table.map { [$0] } ?? []) + listing.entries.map(\.name)).map { "\(listing.path)/\($0)" }
    }

    /// Returns the part of a task of `total` files.
    static func part(_ task: Int, of count: Int, _ total: Int) -> Range<Int> {
        // No product overflows: there are at most a million tasks.
        let (each, more) = total.quotientAndRemainder(dividingBy: count)
        let start = task * each + min(task, more)
        return start..<start + each + (task < more ? 1 : 0)
    }

    private static func hash(_ texts: [String]) -> String {
        // An array, since joined sequences are slow to read byte by byte.
        var bytes: [UInt8] = []
        for (index, text) in texts.enumerated() {
            if index > 0 { bytes.append(0) }
            bytes += text.utf8
        }
        return String(bytes.hash64, radix: 16) + String(bytes.reversed().hash64, radix: 16)
    }
}
