// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Settles the types of columns from the evidence of all their values.
///
/// Two rules: no value may change silently, and the user can always say otherwise. So a whole number is never rounded to
/// fit beside a missing one, and other values stay text.
struct SchemaInference: Sendable {
    /// The name of the source in messages.
    let source: String

    struct Settled: Sendable, Hashable {
        var type: InferredType
        /// One sentence where the type is not plain.
        var reason: String?
    }

    /// Settles the type of a CSV column. A column whose values do not all fit a narrower type becomes text, and text keeps missing
    /// values as they are written.
    /// Missing values of other columns have a fill.
    func settleText(_ name: String, _ evidence: ColumnEvidence, fill: String?) throws(ColonnadeError) -> Settled {
        if let invalid = evidence.firstInvalidUTF8 {
            throw fault(name, invalid, "its text \(invalid.text) is not UTF-8; convert the file first, as with iconv")
        }
        guard evidence.type == .string else {
            return try settleNumbers(name, evidence, fill: fill)
        }
        return Settled(type: .string, reason: "\(name): string\(reasonForText(name, evidence))")
            .dropping(reasonIf: evidence.values == evidence.texts && evidence.textReason == nil)
    }

    /// Settles the type of a column of numbers or of truth values, some of which may be missing.
    func settleNumbers(_ name: String, _ evidence: ColumnEvidence, fill: String?) throws(ColonnadeError) -> Settled {
        let total = evidence.values + evidence.missing
        let holes = evidence.firstMissing.map {
            "\(evidence.missing) of \(total) values \(evidence.missing == 1 ? "is" : "are") missing (\($0.text), first in "
                + "record \($0.record))"
        }
        guard let holes else {
            if total == 0, let fill { return try settleFilled(name, evidence, fill, "there are no values") }
            let type = evidence.type
            if type == .float64 { try requireExact(name, evidence, because: evidence.firstDecimal) }
            return Settled(type: type, reason: plainReason(name, type, evidence))
        }
        if let fill {
            return try settleFilled(name, evidence, fill, holes)
        }
        // Another source has the type, or the column is not taken.
        return Settled(type: .float64, reason: "\(name): float64, because \(holes)")
    }

    /// Returns the type of a column whose missing values are replaced by `fill`: that of its values and the fill
    /// together.
    private func settleFilled(
        _ name: String, _ evidence: ColumnEvidence, _ fill: String, _ holes: String
    ) throws(ColonnadeError) -> Settled {
        var filled = evidence
        filled.observe(Array(fill.utf8).span, record: 0, missing: MissingTokens([]))
        let type = filled.type
        guard type != .string || evidence.values == 0 else {
            throw ColonnadeError(
                .invalidArgument,
                "the fill \"\(fill)\" does not go with values that are \(evidence.type); give another one, or keep the "
                    + "column as text with --type \(name)=string",
                at: .record(source: source, record: nil, column: name))
        }
        if type == .float64 {
            try requireExact(name, filled, because: filled.firstDecimal, isFill: evidence.decimals == 0)
        }
        return Settled(
            type: type,
            reason: "\(name): \(type), because \(holes)\(evidence.missing > 0 ? ", which become \(fill)" : "")")
    }

    /// Refuses whole numbers that float64 would round. `isFill` says that only the fill needs float64.
    private func requireExact(
        _ name: String, _ evidence: ColumnEvidence, because other: ColumnEvidence.Sighting?, isFill: Bool = false
    ) throws(ColonnadeError) {
        guard let inexact = evidence.firstInexact, let other else { return }
        let remedy =
            isFill
            ? "fill with an integer (--fill \(name)=-1), or keep text with --type \(name)=string"
            : "keep text with --type \(name)=string, or write it with a point (\(inexact.bare).0) where it may be rounded"
        throw fault(
            name, inexact,
            "\(inexact.text) is a whole number that float64 cannot hold exactly, and "
                + "\(isFill ? "the fill is" : "record \(other.record) has") \(other.text), which no integer type holds; "
                + remedy)
    }

    private func plainReason(_ name: String, _ type: InferredType, _ evidence: ColumnEvidence) -> String? {
        switch type {
        case .float64 where evidence.integers > 0:
            let first = evidence.firstDecimal
            return first.map {
                "\(name): float64, because record \($0.record) has \($0.text); \(evidence.integers) of "
                    + "\(evidence.numbers) values are whole numbers"
            }
        case .uint64:
            return evidence.firstLarge.map {
                "\(name): uint64, because record \($0.record) has \($0.text), which is beyond int64"
            }
        default: return nil
        }
    }

    /// Returns the end of a sentence that starts with the column and its type.
    private func reasonForText(_ name: String, _ evidence: ColumnEvidence) -> String {
        if let text = evidence.firstText {
            if let reason = evidence.textReason {
                return ", because \(text.text) in record \(text.record) \(reason.rawValue)"
            }
            let others = evidence.firstNumber ?? evidence.firstBoolean
            return ", because record \(text.record) has \(text.text)"
                + (others.map { ", while record \($0.record) has \($0.text)" } ?? "")
        }
        if let boolean = evidence.firstBoolean {
            if let other = evidence.firstNumber {
                return
                    ", because record \(boolean.record) has \(boolean.text) and record \(other.record) has \(other.text)"
            }
        }
        if let large = evidence.firstLarge, let negative = evidence.firstNegative {
            return
                ", because no integer type holds both \(large.text) in record \(large.record) and \(negative.text) in "
                + "record \(negative.record)"
        }
        return ""
    }

    private func fault(_ name: String, _ sighting: ColumnEvidence.Sighting, _ message: String) -> ColonnadeError {
        ColonnadeError(.invalidSource, message, at: .record(source: source, record: sighting.record, column: name))
    }
}

extension SchemaInference.Settled {
    fileprivate func dropping(reasonIf isPlain: Bool) -> Self {
        isPlain ? Self(type: type, reason: nil) : self
    }
}
