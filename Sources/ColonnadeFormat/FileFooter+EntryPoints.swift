// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// Columns with the entry points of JPEG files. They follow the columns with the values of the data set, which readers show.
extension FileFooter {
    /// The fields of the columns with values.
    package var valueFields: [Field] { columns.dropLast(entryPointCount).map(\.field) }

    /// By column with values, the index of the column with its entry points; nil for a column without.
    package var entryPointColumns: [Int?] {
        let count = entryPointCount
        guard count > 0 else { return [Int?](repeating: nil, count: columns.count) }
        let indices = indicesOfNames
        return columns.dropLast(count).map { $0.entryPoints.flatMap { indices[ExactName($0)] } }
    }

    /// The number of columns with entry points. By rule R35 they are the last ones, and each has one column of files.
    private var entryPointCount: Int { columns.count { $0.entryPoints != nil } }

    private var indicesOfNames: [ExactName: Int] {
        Dictionary(columns.enumerated().map { (ExactName($1.field.name), $0) }) { first, _ in first }
    }

    /// Checks rule R35.
    func validateEntryPoints() throws(ColonnadeError) {
        let count = entryPointCount
        guard count > 0 else { return }
        let indices = indicesOfNames
        var seen: Set<Int> = []
        for column in columns {
            guard let name = column.entryPoints else { continue }
            let place = "column \"\(column.field.name)\" has its entry points in column \"\(name)\", which"
            guard let index = indices[ExactName(name)] else { throw .broken(35, "\(place) does not exist") }
            let other = columns[index]
            guard other.field.kind == .bytes, other.field.meaning == nil, other.entryPoints == nil else {
                throw .broken(35, "\(place) is \(other.field) with a meaning of its own")
            }
            guard seen.insert(index).inserted else { throw .broken(35, "\(place) has those of another column") }
            guard index >= columns.count - count else {
                throw .broken(35, "\(place) is not after all columns with values")
            }
        }
    }
}
