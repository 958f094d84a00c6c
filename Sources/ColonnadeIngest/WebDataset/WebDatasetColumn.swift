// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore

/// A column of members with one extension: how they are looked at, and how they become values.
struct WebDatasetColumn: Sendable {
    let name: String
    let kind: MemberKind
    /// How pictures and sound are read; nil for other kinds.
    private let media: MediaColumn?
    /// The column of the data set to which the members are added.
    private let target: Field?

    /// The facts about one member, or about all members of the column.
    enum Evidence: Sendable {
        case media(MediaEvidence)
        case array(DType, [Int?])
        /// The text of a JSON member, which is well-formed.
        case json([UInt8])
        case other
    }

    /// Throws `unsupported` for an extension that is not read.
    init(_ name: String, _ options: IngestOptions, source: String) throws(ColonnadeError) {
        guard let kind = MemberKind(column: name) else {
            throw ColonnadeError(
                .unsupported,
                "it has members with the extension .\(name), and those that are read are \(MemberKind.summary): choose the columns "
                    + "to take (--columns)", at: .file(source))
        }
        self.name = name
        self.kind = kind
        target = options.targetField(ofSource: name)
        media = kind == .media ? try MediaColumn(name, options, source: source) : nil
    }

    /// Returns the number of bytes of pictures and sound of a sample, which are pixels where they are stored; 0 for a bad sample.
    static func byteCount(_ outcome: Result<[Evidence], ColonnadeError>) -> Int {
        guard case .success(let found) = outcome else { return 0 }
        return found.reduce(0) { sum, one in
            if case .media(let evidence) = one { sum + evidence.byteCount } else { sum }
        }
    }

    /// Looks at a member. Throws `invalidSource` or `unsupported` if it is bad.
    func observed(_ file: EncodedFile, isComplete: Bool) throws(ColonnadeError) -> Evidence {
        switch kind {
        case .media:
            guard let media else { return .other }
            return .media(try media.observed(file, isComplete: isComplete))
        case .text, .integer:
            _ = try value(try file.contents(allowsEmpty: kind == .text))
            return .other
        case .json:
            let bytes = try file.contents()
            _ = try JSONParser.parse(bytes)
            return .json(bytes)
        case .array:
            let array = try ArrayFile(Tensor(try file.contents()))
            return .array(array.dtype, array.shape)
        }
    }

    /// Returns the fields of members with this evidence; none for JSON, whose columns come last.
    func fields(_ evidence: Evidence, source: String) throws(ColonnadeError) -> [Field] {
        switch (kind, evidence) {
        case (.media, .media(let evidence)):
            try media?.fields(name, evidence, source: source, target: target) ?? []
        case (.array, .array(let dtype, let shape)): [Field(name, dtype, shape)]
        case (.integer, _): [Field(name, .int64)]
        case (.text, _): [Field(name, kind: .string)]
        default: []
        }
    }

    /// Returns the values of a member, in the order of `fields`, of which the first one is `field`. Throws as `observed` does, and if
    /// the member does not fit the field.
    func values(_ file: EncodedFile, as field: Field) throws(ColonnadeError) -> [RowValue] {
        if let media { return try media.values(file, as: field) }
        return [try value(file, as: field)]
    }

    private func value(_ file: EncodedFile, as field: Field) throws(ColonnadeError) -> RowValue {
        let bytes = try file.contents(allowsEmpty: kind == .text)
        guard kind == .array else { return try value(bytes) }
        let array = try ArrayFile(Tensor(bytes))
        guard array.dtype == field.dtype, array.shape.count == field.shape.count else {
            throw ColonnadeError(.invalidSource, "it has another type than before: leave it alone, and run this again")
        }
        let dimensions = zip(array.shape, field.shape).filter { $1 == nil }.map(\.0)
        return RowValue(try array.tensor().rawBytes, dimensions: field.varyingCount > 1 ? dimensions : [])
    }

    /// Returns the value of a text or of an integer.
    private func value(_ bytes: [UInt8]) throws(ColonnadeError) -> RowValue {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ColonnadeError(.invalidSource, "it is not UTF-8: convert it, as with iconv")
        }
        guard kind == .integer else { return RowValue(bytes) }
        let digits = String(decoding: bytes[...].trimmingLines, as: UTF8.self)
        guard let number = Int(digits) else {
            let rest = digits.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
            if digits.utf8.count - rest.count <= 1, !rest.isEmpty, rest.allSatisfy({ (0x30...0x39).contains($0) }) {
                throw ColonnadeError(
                    .invalidSource,
                    "it has the integer \(digits.prefix(40)), which is out of range for int64 (\(Int.min)...\(Int.max)): correct it, or "
                        + "give it the extension txt")
            }
            throw ColonnadeError(
                .invalidSource,
                "it has \"\(text.prefix(40))\", which is no integer: write one, or give it another extension")
        }
        return RowValue(number)
    }
}

extension WebDatasetColumn.Evidence {
    /// Adds the evidence of another member. Returns what differs, if both cannot be in one column.
    mutating func join(_ other: WebDatasetColumn.Evidence) -> String? {
        switch (self, other) {
        case (.media(var all), .media(let one)):
            guard all.join(one) else { return "it is \(one.type), and those before are \(all.type)" }
            self = .media(all)
        case (.array(let dtype, let shape), .array(let otherType, let otherShape)):
            guard dtype == otherType, shape.count == otherShape.count else {
                let first = Field("", dtype, shape).typeDescription
                return
                    "it is \(Field("", otherType, otherShape).typeDescription), and those before are \(first): all need one type"
            }
            self = .array(dtype, zip(shape, otherShape).map { $0 == $1 ? $0 : nil })
        default: break
        }
        return nil
    }
}

extension ArraySlice<UInt8> {
    /// The bytes without spaces, tabs and line ends around them.
    fileprivate var trimmingLines: ArraySlice<UInt8> {
        let spaces: Set<UInt8> = [9, 10, 13, 32]
        let start = drop { spaces.contains($0) }
        return start.prefix((start.lastIndex { !spaces.contains($0) } ?? start.startIndex - 1) + 1 - start.startIndex)
    }
}
