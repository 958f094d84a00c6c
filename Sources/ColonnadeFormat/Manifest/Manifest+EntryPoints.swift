// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Columns of entry points when other columns change: they stay the last ones, go with their files, and have no names that anybody
/// chooses.
extension Manifest {
    /// The number of columns that readers show. Columns of entry points follow them.
    var valueCount: Int { footer.columns.count - footer.columns.count { $0.entryPoints != nil } }

    /// Gives columns of entry points other names where new columns have these names.
    ///
    /// - Parameter added: the new columns, whose columns of entry points get other names too if they are taken.
    mutating func yieldNames(to added: inout [ColumnDescriptor]) {
        let hidden = Set(added.compactMap { $0.entryPoints.map { ExactName($0) } })
        var taken = Set((footer.columns + added).map { ExactName($0.field.name) })
        let wanted = Set(added.map { ExactName($0.field.name) }).subtracting(hidden)
        for index in footer.columns.indices {
            guard let name = footer.columns[index].entryPoints, wanted.contains(ExactName(name)) else { continue }
            Manifest.renameEntryPoints(of: index, in: &footer.columns, &taken)
        }
        let existing = Set(footer.columns.map { ExactName($0.field.name) })
        for index in added.indices {
            guard let name = added[index].entryPoints, existing.contains(ExactName(name)) else { continue }
            Manifest.renameEntryPoints(of: index, in: &added, &taken)
        }
    }

    /// Removes the entry points of columns.
    mutating func removeEntryPoints(ofColumns indices: [Int]) {
        let names = Set(indices.compactMap { footer.columns[$0].entryPoints.map { ExactName($0) } })
        for index in footer.columns.indices.reversed() where names.contains(ExactName(footer.columns[index].field.name))
        {
            footer.columns.remove(at: index)
            columnNumbers.remove(at: index)
        }
        for index in indices { footer.columns[index].entryPoints = nil }
    }

    private static func renameEntryPoints(
        of index: Int, in columns: inout [ColumnDescriptor], _ taken: inout Set<ExactName>
    ) {
        guard let old = columns[index].entryPoints,
            let place = columns.firstIndex(where: { $0.field.name.hasBytes(of: old) })
        else { return }
        var (name, number) = (old, 1)
        while taken.contains(ExactName(name)) {
            number += 1
            name = "\(old.prefix(1000))_\(number)"
        }
        taken.insert(ExactName(name))
        columns[index].entryPoints = name
        columns[place].field.name = name
    }
}
