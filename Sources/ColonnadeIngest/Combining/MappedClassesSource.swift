// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The records of another source, where class numbers are those that the class names have in a data set.
final class MappedClassesSource: RecordSource {
    let schema: Schema
    private let base: any RecordSource
    /// The new number of each class, by the column.
    private let columns: [(index: Int, numbers: [Int])]
    private var nextRow = 0

    var name: String { base.name }
    var rowCount: Int? { base.rowCount }
    var reasons: [String] { base.reasons }

    /// Throws `invalidSource` if the data set has a column with class names, and lacks a class of the source.
    init(_ base: any RecordSource, to stored: Schema, of path: String) throws(ColonnadeError) {
        var schema = base.schema
        var columns: [(index: Int, numbers: [Int])] = []
        for (index, field) in base.schema.enumerated() {
            guard let (names, target) = Self.classes(of: field, in: stored) else { continue }
            let numbers = Self.numbers(of: names, in: target)
            if let missing = zip(names, numbers).first(where: { $0.1 == nil })?.0 {
                throw ColonnadeError(
                    .invalidSource,
                    "the class \"\(missing)\" of \"\(field.name)\" in \(base.name) is none of the data set: leave its rows out, or ingest all "
                        + "rows anew", at: .file(path))
            }
            var copy = field
            copy.meaning = .classLabels(target)
            schema = schema.replacing(index, with: copy)
            columns.append((index, numbers.compactMap { $0 }))
        }
        self.schema = schema
        self.base = base
        self.columns = columns
    }

    /// Whether a data set has all classes of a source, for each column with class names.
    static func canMap(_ source: Schema, to stored: Schema) -> Bool {
        source.allSatisfy { field in
            guard let (names, target) = classes(of: field, in: stored) else { return true }
            return !numbers(of: names, in: target).contains(nil)
        }
    }

    /// Returns the class names of a column, and those that differ in the data set; nil if they are the same, or if one has none.
    private static func classes(of field: Field, in stored: Schema) -> (names: [String], target: [String])? {
        guard case .classLabels(let names)? = field.meaning, let index = stored.index(named: field.name),
            case .classLabels(let target)? = stored[index].meaning, names.exactNames != target.exactNames
        else { return nil }
        return (names, target)
    }

    private static func numbers(of names: [String], in target: [String]) -> [Int?] {
        let known = NameMap(target.enumerated().map { ($0.element, $0.offset) })
        return names.map { known[$0] }
    }

    /// Throws `invalidSource` for a number without a class, with record and column.
    func nextChunk(rowLimit: Int, byteLimit: Int) throws(ColonnadeError) -> RecordChunk? {
        guard var chunk = try base.nextChunk(rowLimit: rowLimit, byteLimit: byteLimit) else { return nil }
        for (index, numbers) in columns {
            let field = base.schema[index]
            let misfit = ClassNumbers(dtype: field.dtype, numbers: numbers).map(&chunk.columns[index].values)
            if let (element, value) = misfit {
                let row = field.fixedByteCount.map { element * field.dtype.size / max($0, 1) }
                throw ColonnadeError(
                    .invalidSource, field.noLabelMessage(for: "\(value)"),
                    at: .record(source: name, record: row.map { nextRow + $0 + 1 }, column: field.name))
            }
        }
        nextRow += chunk.rowCount
        return chunk
    }
}

/// Replaces class numbers by others.
private struct ClassNumbers {
    let dtype: DType
    let numbers: [Int]

    /// Replaces the little-endian integers in `bytes`; -1 of a signed type stays. Returns the first one without a class and its index.
    func map(_ bytes: inout [UInt8]) -> (element: Int, value: Int)? {
        let size = dtype.size
        for start in stride(from: 0, to: bytes.count, by: size) {
            var word: UInt64 = 0
            for index in 0..<size { word |= UInt64(bytes[start + index]) << (8 * UInt64(index)) }
            let shift = 64 - 8 * size
            let value =
                dtype.isSignedInteger ? Int(Int64(bitPattern: word << UInt64(shift)) >> shift) : Int(clamping: word)
            if value == -1, dtype.isSignedInteger { continue }
            guard numbers.indices.contains(value) else { return (start / size, value) }
            let mapped = UInt64(numbers[value])
            for index in 0..<size { bytes[start + index] = UInt8(truncatingIfNeeded: mapped >> (8 * UInt64(index))) }
        }
        return nil
    }
}
