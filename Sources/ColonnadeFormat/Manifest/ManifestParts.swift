// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The parts of a manifest after its metadata, read and checked (manifest-1.md, rules M1, M3 to M11 and M15).
struct ManifestParts {
    let commit: ManifestCommit
    let columnNumbers: [UInt32]
    let nextColumn: UInt32
    let nextFragment: UInt64
    private(set) var layouts: [FragmentLayout] = []
    private(set) var fragments: [FragmentRecord] = []
    private(set) var files: [FragmentFile] = []
    private(set) var jobs: [ManifestJob] = []
    private(set) var rowCount = 0
    /// Whether fragments may have several files.
    private let hasColumnFiles: Bool

    init(_ reader: inout ByteReader, _ footer: FileFooter) throws(ColonnadeError) {
        guard footer.requiredFeatures & ForeverConstants.fragmentsFeature != 0 else {
            throw .broken(101, "this is a file with rows, and no manifest of a data set of many files")
        }
        hasColumnFiles = footer.requiredFeatures & ForeverConstants.columnFilesFeature != 0
        reader.lengthRule = 103
        commit = try ManifestCommit(&reader)
        let start = reader.offset
        nextColumn = try reader.integer(UInt32.self, "counts")
        let layoutCount = Int(try reader.integer(UInt32.self, "counts"))
        nextFragment = try reader.integer(UInt64.self, "counts")
        let fragmentCount = Int(try reader.integer(UInt32.self, "counts"))
        let fileCount = Int(try reader.integer(UInt32.self, "counts"))
        let jobCount = Int(try reader.integer(UInt32.self, "counts"))
        try reader.zeros(4, rule: 104)
        guard jobCount <= FormatLimits.jobs else {
            throw .broken(111, "there are \(jobCount) jobs, more than \(FormatLimits.jobs)", at: start)
        }
        columnNumbers = try ManifestParts.numbers(&reader, footer.columns.count, next: nextColumn)
        // Each layout has at least its two counts.
        try reader.checkEntries(layoutCount, of: 8, "layouts")
        for _ in 0..<layoutCount {
            layouts.append(
                try FragmentLayout(&reader, needed: hasColumnFiles ? [] : columnNumbers, next: nextColumn))
        }
        try readFragments(&reader, fragmentCount)
        try readFiles(&reader, fileCount)
        let ownedCount = fragments.last?.files.upperBound ?? 0
        guard fileCount == ownedCount else {
            throw .broken(108, "\(fragmentCount) fragments have \(ownedCount) files of \(fileCount)", at: start)
        }
        if hasColumnFiles { try checkColumns(at: start) }
        try reader.checkEntries(jobCount, of: ManifestJob.encodedSize, "jobs")
        for _ in 0..<jobCount { jobs.append(try ManifestJob(&reader, upTo: commit.version)) }
        guard Set(jobs.map(\.number)).count == jobCount else { throw .broken(111, "a job occurs twice", at: start) }
    }

    /// Reads the numbers of the columns, and checks rule M6.
    private static func numbers(
        _ reader: inout ByteReader, _ count: Int, next: UInt32
    ) throws(ColonnadeError) -> [UInt32] {
        let start = reader.offset
        var numbers: [UInt32] = []
        for _ in 0..<count { numbers.append(try reader.integer(UInt32.self, "the number of a column")) }
        guard Set(numbers).count == count, numbers.allSatisfy({ $0 < next }) else {
            throw .broken(106, "two columns have one number, or one has that of the next column", at: start)
        }
        return numbers
    }

    /// Checks rule M15: one file of each fragment has each column of the data set, and each file has one of them.
    private func checkColumns(at start: Int) throws(ColonnadeError) {
        let needed = Set(columnNumbers)
        // The columns of the data set in the files of each layout.
        let used = layouts.map { layout in layout.columns.map(\.number).filter(needed.contains) }
        // Fragments with files of the same layouts need one check.
        var checked: Set<[Int]> = []
        for fragment in fragments {
            let layouts = files[fragment.files].map(\.layout)
            guard !checked.contains(layouts) else { continue }
            // Counted first: the sum bounds the cost of what follows.
            let isComplete =
                layouts.reduce(0) { $0 + used[$1].count } == needed.count
                && layouts.allSatisfy { !used[$0].isEmpty } && Set(layouts.flatMap { used[$0] }).count == needed.count
            guard isComplete else {
                throw .broken(
                    115, "the files of fragment \(fragment.number) lack a column, or have one twice", at: start)
            }
            checked.insert(layouts)
        }
    }

    private mutating func readFragments(_ reader: inout ByteReader, _ count: Int) throws(ColonnadeError) {
        let start = reader.offset
        try reader.checkEntries(count, of: FragmentRecord.encodedSize, "fragments")
        fragments.reserveCapacity(count)
        var isAscending = true
        for _ in 0..<count {
            let fragment = try FragmentRecord(
                &reader, next: fragments.last?.files.upperBound ?? 0, mostFiles: hasColumnFiles ? .max : 1)
            guard fragment.number < nextFragment else {
                throw .broken(108, "fragment \(fragment.number) has the number of a later one", at: reader.offset)
            }
            let (sum, overflow) = rowCount.addingReportingOverflow(fragment.rowCount)
            guard !overflow else { throw .broken(109, "the fragments have too many rows", at: reader.offset) }
            rowCount = sum
            if let last = fragments.last, last.number >= fragment.number { isAscending = false }
            fragments.append(fragment)
        }
        guard isAscending || Set(fragments.map(\.number)).count == count else {
            throw .broken(108, "two fragments have one number", at: start)
        }
    }

    private mutating func readFiles(_ reader: inout ByteReader, _ count: Int) throws(ColonnadeError) {
        let start = reader.offset
        try reader.checkEntries(count, of: FragmentFile.encodedSize, "files")
        files.reserveCapacity(count)
        for _ in 0..<count { files.append(try FragmentFile(&reader, layoutCount: layouts.count)) }
        guard DistinctNumbers.areDistinct(count, { files[$0].name }) else {
            throw .broken(110, "two files have one name", at: start)
        }
    }
}
