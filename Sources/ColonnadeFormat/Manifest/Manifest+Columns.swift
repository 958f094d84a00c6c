// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// Changes of the columns of a data set (manifest-1.md, section 2.3).
extension Manifest {
    /// Adds columns without rows after the others, or in the place of those with the same names. The files of the rows are
    /// added afterwards. Columns of entry points stay the last ones.
    ///
    /// - Parameters:
    ///   - added: the columns as a new file has them.
    ///   - groups: the groups of such a file.
    ///   - metadata: the descriptions of the columns.
    /// - Returns: the numbers of the columns.
    /// - Throws: `invalidArgument` if the columns cannot be counted.
    package mutating func add(
        _ added: [ColumnDescriptor], groups: [GroupDescriptor], metadata: [FileFooter.MetadataEntry] = []
    ) throws(ColonnadeError) -> [UInt32] {
        guard added.count <= Int(UInt32.max - nextColumn) else {
            throw ColonnadeError(.invalidArgument, "a data set cannot have had so many columns: write it anew")
        }
        let firstGroup = footer.groups.count
        footer.groups += groups
        var added = added
        yieldNames(to: &added)
        removeEntryPoints(ofColumns: added.compactMap { index(ofColumn: $0.field.name) })
        let entryPoints = Set(added.compactMap { $0.entryPoints.map { ExactName($0) } })
        var numbers: [UInt32] = []
        var end = valueCount
        for column in added {
            var column = column
            column.group = column.group.map { firstGroup + $0 }
            column.statistics = ColumnStatistics(column.field.dtype)
            if entryPoints.contains(ExactName(column.field.name)) {
                footer.columns.append(column)
                columnNumbers.append(nextColumn)
            } else if let index = footer.columns[..<end].firstIndex(where: {
                $0.field.name.hasBytes(of: column.field.name)
            }) {
                removeDescription(of: column.field.name)
                footer.columns[index] = column
                columnNumbers[index] = nextColumn
            } else {
                footer.columns.insert(column, at: end)
                columnNumbers.insert(nextColumn, at: end)
                end += 1
            }
            numbers.append(nextColumn)
            nextColumn += 1
        }
        guard footer.columns.count <= FormatLimits.columns else {
            throw ColonnadeError(
                .invalidArgument, "a data set has at most \(FormatLimits.columns) columns: drop some first")
        }
        for entry in metadata {
            footer.metadata.removeAll { $0.key.hasBytes(of: entry.key) }
            footer.metadata.append(entry)
        }
        sortMetadata()
        removeUnusedGroups()
        return numbers
    }

    /// A file with columns of the rows of a fragment.
    package struct ColumnFile: Sendable {
        let file: FragmentFile
        let layout: FragmentLayout
        let statistics: [ColumnStatistics]

        /// - Parameter statistics: those of the columns of the layout.
        package init(_ file: FragmentFile, _ layout: FragmentLayout, _ statistics: [ColumnStatistics]) {
            self.file = file
            self.layout = layout
            self.statistics = statistics
        }
    }

    /// Adds a file to each fragment, and removes the files whose columns are no longer those of the data set. Traps unless
    /// there is a file for each fragment. Throws `invalidArgument` if the files cannot be counted. O(files).
    package mutating func add(_ added: [ColumnFile]) throws(ColonnadeError) {
        precondition(added.count == fragments.count, "each fragment gets a file")
        let indices = Dictionary(uniqueKeysWithValues: columnNumbers.enumerated().map { ($1, $0) })
        var lists: [[FragmentFile]] = []
        lists.reserveCapacity(fragments.count)
        for (position, new) in added.enumerated() {
            var file = new.file
            file.layout = index(of: new.layout)
            lists.append(files[fragments[position].files] + [file])
            for (column, statistics) in zip(new.layout.columns, new.statistics) {
                guard let index = indices[column.number] else { continue }
                footer.columns[index].statistics.merge(statistics, isFirst: position == 0)
            }
        }
        try set(lists)
        footer.requiredFeatures |= ForeverConstants.columnFilesFeature
    }

    /// Removes columns. Throws `invalidArgument` if none would remain. O(files).
    package mutating func remove(columns indices: Set<Int>) throws(ColonnadeError) {
        guard indices.count < valueCount else {
            throw ColonnadeError(.invalidArgument, "a data set has at least one column: leave one")
        }
        removeEntryPoints(ofColumns: Array(indices))
        for index in indices.sorted(by: >) {
            removeDescription(of: footer.columns[index].field.name)
            footer.columns.remove(at: index)
            columnNumbers.remove(at: index)
        }
        removeUnusedGroups()
        try set(fragments.map { Array(files[$0.files]) })
    }

    /// Gives columns other names, all at once.
    package mutating func rename(_ changes: [(index: Int, name: String)]) {
        var metadata = footer.metadata
        for (index, name) in changes {
            let key = Manifest.descriptionKey(of: footer.columns[index].field.name)
            for (place, entry) in footer.metadata.enumerated() where entry.key.hasBytes(of: key) {
                metadata[place].key = Manifest.descriptionKey(of: name)
            }
        }
        footer.metadata = metadata
        sortMetadata()
        var renamed = changes.map { change in
            var column = footer.columns[change.index]
            (column.field.name, column.entryPoints) = (change.name, nil)
            return column
        }
        yieldNames(to: &renamed)
        for (index, name) in changes { footer.columns[index].field.name = name }
    }

    /// Returns the key of the metadata that tells how the values of a column are stored.
    private static func descriptionKey(of name: String) -> String { "\(name).storage" }

    private mutating func sortMetadata() {
        footer.metadata.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    private mutating func removeDescription(of name: String) {
        let key = Manifest.descriptionKey(of: name)
        footer.metadata.removeAll { $0.key.hasBytes(of: key) }
    }

    /// Gives a column other class labels than its files may have.
    package mutating func label(column index: Int, _ labels: [String]) {
        footer.columns[index].field.meaning = .classLabels(labels)
        footer.requiredFeatures |= ForeverConstants.columnFilesFeature
    }

    /// Returns the index of a column with values.
    package func index(ofColumn name: String) -> Int? {
        footer.columns[..<valueCount].firstIndex { $0.field.name.hasBytes(of: name) }
    }

    /// Replaces the files of all fragments by those of the lists that have a column of the data set.
    private mutating func set(_ lists: [[FragmentFile]]) throws(ColonnadeError) {
        let needed = Set(columnNumbers)
        let isUsed = layouts.map { $0.columns.contains { needed.contains($0.number) } }
        var renumbered: [Int: Int] = [:]
        var (kept, keptLayouts) = ([FragmentFile](), [FragmentLayout]())
        for (index, list) in lists.enumerated() {
            let first = kept.count
            for var file in list where isUsed[file.layout] {
                if let known = renumbered[file.layout] {
                    file.layout = known
                } else {
                    renumbered[file.layout] = keptLayouts.count
                    keptLayouts.append(layouts[file.layout])
                    file.layout = keptLayouts.count - 1
                }
                kept.append(file)
            }
            guard kept.count - first <= Int(UInt16.max), kept.count <= Int(UInt32.max) else {
                throw ColonnadeError(.invalidArgument, "a data set cannot have so many files: write it anew")
            }
            fragments[index].files = first..<kept.count
        }
        (files, layouts) = (kept, keptLayouts)
    }

    private mutating func removeUnusedGroups() {
        let used = Set(footer.columns.compactMap(\.group)).sorted()
        let renumbered = Dictionary(uniqueKeysWithValues: used.enumerated().map { ($1, $0) })
        footer.groups = used.map { footer.groups[$0] }
        for index in footer.columns.indices {
            footer.columns[index].group = footer.columns[index].group.flatMap { renumbered[$0] }
        }
    }
}
