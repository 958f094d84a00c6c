// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeFormat
import ColonnadeSystem

/// A version of a data set of many files, open for reading. It never changes, whatever is committed later.
///
/// Opening reads the manifest alone. A file is opened when a row of it is first read; then it is checked that it is the file
/// with which the version was made.
public final class DatasetVersion: OpenDataset {
    /// The folder of the data set.
    public let path: String
    public let schema: Schema
    /// By column, the index of the column with its entry points in new files; nil for a column without.
    let entryPointColumns: [Int?]
    public let rowCount: Int
    public let verification: StoredDataset.Verification

    let folder: DatasetFolder
    let manifest: Manifest
    /// By layout, the index of each column of the data set in the files, and then of each one with entry points; nil for columns that
    /// they do not have.
    let columnsOfLayout: [[Int?]]
    /// The rows of the fragments: the index of a run is that of a fragment.
    private let runs: RunIndex
    /// The first row of each fragment, and the number of all rows.
    private let starts: [Int]
    private let open: Monitor<OpenFiles>

    /// The number of files that stay open if not all of them are read as one.
    static let mostOpenFiles = 4096
    /// The number of files that are read as one. A process may have about 65,000 mappings.
    static let mostJoinedFiles = 16_384

    /// Opens the newest version, or another one by its number or by a tag. O(files); with `full` verification, all files are
    /// read.
    ///
    /// Throws `fileNotFound` if there is no data set of many files, version or tag; `invalidArgument` for a version and a tag;
    /// `corruptFile` with the broken rule; `unsupported`; `system`.
    ///
    /// - Parameters:
    ///   - path: the folder of the data set.
    ///   - version: the number of a version, from 1.
    ///   - tag: the name of a tag.
    ///   - verification: when damaged blocks of the files are an error; see `StoredDataset.Verification`.
    public convenience init(
        path: String, version: Int? = nil, tag: String? = nil,
        verification: StoredDataset.Verification = .automatic
    ) throws(ColonnadeError) {
        let folder = DatasetFolder(path)
        try self.init(folder, try folder.manifest(version: version, tag: tag), verification)
    }

    /// Opens a version if the path leads to a folder; nil for files. Throws the errors of `init(path:)`, and
    /// `invalidArgument` for a version or a tag of a file.
    package convenience init?(
        ifFolder path: String, version: Int? = nil, tag: String? = nil,
        verification: StoredDataset.Verification = .automatic
    ) throws(ColonnadeError) {
        guard try DatasetFolder.isFolder(path) else {
            guard version == nil, tag == nil else { throw DatasetVersion.noVersions(of: path) }
            return nil
        }
        try self.init(path: path, version: version, tag: tag, verification: verification)
    }

    static func noVersions(of path: String) -> ColonnadeError {
        ColonnadeError(
            .invalidArgument, "it is a file, and only a data set of many files has versions and tags", at: .file(path))
    }

    init(
        _ folder: DatasetFolder, _ manifest: Manifest, _ verification: StoredDataset.Verification
    ) throws(ColonnadeError) {
        self.folder = folder
        self.manifest = manifest
        self.verification = verification
        path = folder.path
        schema = try Schema(manifest.footer.valueFields)
        entryPointColumns = manifest.footer.entryPointColumns
        rowCount = manifest.rowCount
        var (rowRuns, starts) = ([RowRun](), [0])
        rowRuns.reserveCapacity(manifest.fragments.count)
        starts.reserveCapacity(manifest.fragments.count + 1)
        var start = 0
        for fragment in manifest.fragments {
            rowRuns.append(RowRun(rows: start..<start + fragment.rowCount, exponent: 0, firstSegment: 0))
            start += fragment.rowCount
            starts.append(start)
        }
        runs = RunIndex(rowRuns)
        self.starts = starts
        columnsOfLayout = manifest.layouts.map { layout in
            let indices = Dictionary(uniqueKeysWithValues: layout.columns.enumerated().map { ($1.number, $0) })
            return manifest.columnNumbers.map { indices[$0] }
        }
        let count = manifest.files.count
        open = Monitor(
            OpenFiles(limit: count <= DatasetVersion.mostJoinedFiles ? count : DatasetVersion.mostOpenFiles))
        guard verification == .full else { return }
        for fragment in manifest.fragments.indices {
            for slot in 0..<manifest.fragments[fragment].files.count { _ = try file(slot, ofFragment: fragment) }
        }
        open.withLock { $0.areVerified = true }
    }

    // MARK: Descriptions

    /// The number of the version.
    public var version: Int { Int(manifest.commit.version) }

    /// The number of files with rows.
    public var fileCount: Int { manifest.files.count }

    public var byteCount: Int { manifest.byteCount }

    /// Returns an estimate of the bytes of some columns of all rows, from the types of the columns alone, since no file is opened. It is
    /// too large rather than too small where other columns vary or are compressed.
    package func byteCount(ofColumns indices: [Int]) -> Int {
        func fixedBytes(_ columns: [Int]) -> Int {
            columns.reduce(0) { $0.saturatingSum((schema[$1].fixedByteCount ?? 0).saturatingProduct(rowCount)) }
        }
        if indices.contains(where: { schema[$0].fixedByteCount == nil }) {
            let rest = byteCount - fixedBytes(schema.indices.filter { !indices.contains($0) })
            return rest >= byteCount / 2 ? rest : byteCount
        }
        return min(fixedBytes(indices), byteCount)
    }

    public var metadata: [(key: String, value: String)] { manifest.footer.metadata.map { ($0.key, $0.value) } }

    public func statistics(ofColumn index: Int) -> ColumnStatistics { manifest.footer.columns[index].statistics }

    /// A number that distinguishes this version from all others: the first bytes of the number of its commit.
    public var identity: UInt64 { manifest.commit.number.first }

    /// Whether reading all files completely would evict pages that are still needed.
    package var isLargerThanMemory: Bool { AccessAdvice.exceedMemory(byteCount) }

    package var promise: String { verification.promise(exceedsMemory: isLargerThanMemory) }

    // MARK: Files

    /// Returns the fragment of a row, and the number of the row in it. O(1) on average. Traps if the row is out of range.
    func place(ofRow row: Int) -> (fragment: Int, row: Int) {
        precondition(row >= 0 && row < rowCount, "row \(row) of \(rowCount)")
        let fragment = runs.index(ofRow: row)
        return (fragment, row - starts[fragment])
    }

    /// Returns the rows of a fragment.
    func rows(ofFragment index: Int) -> Range<Int> { starts[index]..<starts[index + 1] }

    /// Returns the file with some columns of a fragment, and the indices of the columns in it, for each file that has some
    /// of them; `places` are the indices in `indices`.
    func parts(
        _ indices: [Int], ofFragment fragment: Int
    ) throws(ColonnadeError) -> [(dataset: StoredDataset, columns: [Int], places: [Int])] {
        let files = manifest.fragments[fragment].files
        var parts: [(dataset: StoredDataset, columns: [Int], places: [Int])] = []
        for slot in 0..<files.count {
            let columns = columnsOfLayout[manifest.files[files.lowerBound + slot].layout]
            let places =
                files.count == 1 ? Array(indices.indices) : indices.indices.filter { columns[indices[$0]] != nil }
            guard !places.isEmpty || files.count == 1 else { continue }
            parts.append((try file(slot, ofFragment: fragment), places.compactMap { columns[indices[$0]] }, places))
        }
        return parts
    }

    /// Returns values of some columns of a fragment, in the order of `indices`. `body` gets each file that has some of the
    /// columns, and the indices of those columns in it and in `indices`.
    func collect<Value>(
        _ indices: [Int], ofFragment fragment: Int,
        _ body: (StoredDataset, _ columns: [Int], _ places: [Int]) throws(ColonnadeError) -> [Value]
    ) throws(ColonnadeError) -> [Value] {
        let parts = try parts(indices, ofFragment: fragment)
        if parts.count == 1 { return try body(parts[0].dataset, parts[0].columns, parts[0].places) }
        var values = [Value?](repeating: nil, count: indices.count)
        for part in parts {
            for (place, value) in zip(part.places, try body(part.dataset, part.columns, part.places)) {
                values[place] = value
            }
        }
        return values.compactMap { $0 }
    }

    /// Returns a file of a fragment, and opens it if necessary.
    ///
    /// Throws `fileNotFound` if it was removed, `corruptFile` if it is another file now, and the errors of opening it.
    func file(_ slot: Int, ofFragment fragment: Int) throws(ColonnadeError) -> StoredDataset {
        let index = manifest.fragments[fragment].files.lowerBound + slot
        let (known, isVerified) = open.withLock { ($0.datasets[index], $0.areVerified) }
        if let known { return known }
        let dataset = try openFile(index, ofFragment: fragment, isVerified ? .off : verification)
        return open.withLock { open in
            if let other = open.datasets[index] { return other }
            open.insert(dataset, index)
            return dataset
        }
    }

    /// The files that are open now.
    var openFiles: [StoredDataset] { open.withLock { Array($0.datasets.values) } }

    public func checkIntact() throws(ColonnadeError) {
        if let damage = open.withLock({ $0.damage }) { throw damage }
        for dataset in openFiles { try dataset.checkIntact() }
    }

    /// Throws as `checkIntact()` does, if the file of a row is damaged. O(1) on average.
    package func checkIntact(row: Int) throws(ColonnadeError) {
        let files = manifest.fragments[place(ofRow: row).fragment].files
        let damage = open.withLock { $0.damage }
        if let damage { throw damage }
        for file in files { try open.withLock { $0.datasets[file] }?.checkIntact() }
    }
}
