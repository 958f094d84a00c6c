// SPDX-License-Identifier: Apache-2.0

/// The fields of a data set or of a pipeline's samples, in order. Names are not empty, and no two have equal bytes.
public struct Schema: Sendable, Hashable, RandomAccessCollection {
    /// The fields and the index of their names, in one object: every sample has a schema, so copies must be cheap.
    private final class Contents: Sendable {
        let fields: [Field]
        let indices: [ExactName: Int]

        init(_ fields: [Field], _ indices: [ExactName: Int]) {
            self.fields = fields
            self.indices = indices
        }
    }

    private let contents: Contents

    /// Makes a schema. Throws `invalidArgument` for an empty or repeated name, and for a name with a NUL character,
    /// which C strings cannot contain.
    public init(_ fields: [Field]) throws(ColonnadeError) {
        var indices: [ExactName: Int] = [:]
        for (index, field) in fields.enumerated() {
            guard !field.name.isEmpty else {
                throw ColonnadeError(.invalidArgument, "field \(index) has an empty name: give it another")
            }
            guard !field.name.utf8.contains(0) else {
                throw ColonnadeError(
                    .invalidArgument,
                    "the field name \"\(field.name.escapingNUL)\" has a NUL character: give the field another name")
            }
            guard indices.updateValue(index, forKey: ExactName(field.name)) == nil else {
                throw ColonnadeError(.invalidArgument, "the field name \"\(field.name)\" occurs twice: rename one")
            }
        }
        contents = Contents(fields, indices)
    }

    private init(_ contents: Contents) { self.contents = contents }

    public static func == (left: Schema, right: Schema) -> Bool {
        left.contents === right.contents || left.fields == right.fields
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(fields) }

    public var fields: [Field] { contents.fields }
    public var startIndex: Int { 0 }
    public var endIndex: Int { fields.count }
    public subscript(index: Int) -> Field { fields[index] }

    public var names: [String] { fields.map(\.name) }

    /// Returns whether both schemas have equal names in the same order.
    package func hasNames(of other: Schema) -> Bool {
        contents === other.contents
            || count == other.count && zip(self, other).allSatisfy { $0.name.hasBytes(of: $1.name) }
    }

    /// Returns the index of the field with a name, or nil if there is none. O(1).
    public func index(named name: String) -> Int? { contents.indices[ExactName(name)] }

    /// Returns the index of the field with a key. Throws `unknownKey` with a list of the existing keys.
    public func index(of name: String) throws(ColonnadeError) -> Int { try index(of: name, "key") }

    /// Returns the index of a column of a file or source. Throws `unknownKey` with a list of the existing columns.
    package func index(ofColumn name: String) throws(ColonnadeError) -> Int { try index(of: name, "column") }

    private func index(of name: String, _ noun: String) throws(ColonnadeError) -> Int {
        if let index = index(named: name) { return index }
        throw ColonnadeError(.unknownKey, "there is no \(noun) \"\(name)\"; \(suggestion(for: name, noun))")
    }

    /// Returns the field with a name. Throws `unknownKey` if there is none.
    public func field(named name: String) throws(ColonnadeError) -> Field {
        fields[try index(of: name)]
    }

    /// Returns the schema with the field at `index` replaced. The name of the field must not change.
    public func replacing(_ index: Int, with field: Field) -> Schema {
        precondition(field.name.hasBytes(of: fields[index].name), "replacing(_:with:) keeps the name")
        var fields = fields
        fields[index] = field
        return Schema(Contents(fields, contents.indices))
    }

    /// Returns the schema of the named columns, in the order of `names`. Throws `unknownKey`, or `invalidArgument` for
    /// a repeated name.
    public func selecting(_ names: [String]) throws(ColonnadeError) -> Schema {
        var selected: [Field] = []
        for name in names { selected.append(try field(named: name)) }
        return try Schema(selected)
    }

    private func suggestion(for name: String, _ noun: String) -> String {
        let near = names.map { (distance: editDistance($0, name), name: $0) }.min { $0.distance < $1.distance }
        if let near, near.distance <= Swift.max(2, name.count / 3), near.distance < name.count {
            return "did you mean \"\(near.name)\"?"
        }
        let shown = names.prefix(12).map { "\"\($0)\"" }.joined(separator: ", ")
        return names.isEmpty ? "there are no \(noun)s" : "there are \(shown)\(names.count > 12 ? ", …" : "")"
    }
}

/// Returns the Levenshtein distance of two names: the number of edits that turn one into the other. O(n·m).
private func editDistance(_ first: String, _ second: String) -> Int {
    let target = Array(second.prefix(64))
    var row = Array(0...target.count)
    for (i, letter) in first.prefix(64).enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for j in 0..<target.count {
            let above = row[j + 1]
            row[j + 1] = Swift.min(Swift.min(above, row[j]) + 1, diagonal + (letter == target[j] ? 0 : 1))
            diagonal = above
        }
    }
    return row[target.count]
}

extension String {
    /// The text with each NUL character written as `\0`, for messages that C code would otherwise cut short.
    package var escapingNUL: String { String(flatMap { $0 == "\0" ? "\\0" : String($0) }) }
}
