// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Columns of a source of text that have missing values and no fill, and where each has the first one.
struct TextGaps: Sendable {
    private var gaps: [(field: Field, record: Int, error: ColonnadeError)] = []

    var isEmpty: Bool { gaps.isEmpty }

    /// Takes note of a missing value. `error` is thrown if no other column has one.
    mutating func note(_ field: Field, record: Int, _ error: ColonnadeError) {
        guard let index = gaps.firstIndex(where: { ExactName($0.field.name) == ExactName(field.name) }) else {
            return gaps.append((field, record, error))
        }
        if record < gaps[index].record { gaps[index] = (field, record, error) }
    }

    /// Takes note of a column of numbers, times or truth values in which the source has no value for some records.
    mutating func note(_ field: Field, _ evidence: ColumnEvidence, source: String) {
        guard let first = evidence.firstMissing else { return }
        let total = evidence.values + evidence.missing
        var message =
            "\(evidence.missing) of \(total) values \(evidence.missing == 1 ? "is" : "are") missing (\(first.text), first here)"
        message +=
            evidence.values == 0
            ? "; \(Self.remedyWithoutValues(field.name))"
            : "; leave the records out, or say what to put there with \(Self.fill(field))"
        note(
            field, record: first.record,
            ColonnadeError(
                .invalidSource, message, at: .record(source: source, record: first.record, column: field.name)))
    }

    /// Returns the option that fills a column, as a shell takes it.
    private static func fill(_ field: Field) -> String {
        let fill = "\(field.name)=\(KindFills.example(for: field))"
        let isPlain = fill.utf8.allSatisfy { $0 > 0x7F || "_-.=+:/@%,".utf8.contains($0) || $0.isLetterOrDigit }
        return "--fill \(isPlain ? fill : "'\(fill)'")"
    }

    /// Returns the remedy for a column in which all values are missing.
    static func remedyWithoutValues(_ name: String) -> String {
        "leave the column out (--columns), or say its type and what to put there, as in --type \(name)=float64 --fill \(name)=nan"
    }

    /// Throws `invalidSource` about all columns that were noted, at the place of the first missing value; nothing for none.
    func report(source: String) throws(ColonnadeError) {
        guard let first = gaps.min(by: { $0.record < $1.record }) else { return }
        guard gaps.count > 1 else { throw first.error }
        let others = gaps.filter { ExactName($0.field.name) != ExactName(first.field.name) }
        let named = others.map { "\"\($0.field.name)\" (first in record \($0.record))" }.joined(separator: ", ")
        let fills = ([first] + others).map { Self.fill($0.field) }
        var kinds: [String] = []
        for kind in KindFills.Kind.allCases {
            let examples = gaps.filter { KindFills.Kind($0.field) == kind }.map { KindFills.example(for: $0.field) }
            // 0 is also held by integers without a sign.
            guard let example = examples.contains("0") ? "0" : examples.first else { continue }
            kinds.append("\(kind.rawValue):\(example)")
        }
        throw ColonnadeError(
            .invalidSource,
            "the value is missing, and so are values of \(named): leave the records out, or say what to put there with "
                + "\(fills.joined(separator: " ")), or by kind: --fill '*=\(kinds.joined(separator: ","))'",
            at: .record(source: source, record: first.record, column: first.field.name))
    }
}

extension UInt8 {
    fileprivate var isLetterOrDigit: Bool { 48...57 ~= self || 65...90 ~= self || 97...122 ~= self }
}
