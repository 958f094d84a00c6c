// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension TextSourceOptions {
    /// Returns the fill for missing values of a column of this kind; nil if there is none.
    func fill(_ column: String, _ kind: KindFills.Kind) -> String? {
        if verbatim.contains(ExactName(column)) { return nil }
        if let fill = fills[column] { return fill }
        guard takes(column) else { return KindFills.whereMasked.texts[kind] }
        guard let text = impliedFills.texts[kind] else { return nil }
        // 0 is a class, so a missing value becomes -1, which is none.
        return kind == .int && labelled.contains(ExactName(column)) ? "-1" : text
    }

    /// Whether the column is one of the data set's.
    func takes(_ column: String) -> Bool { taken?.contains(ExactName(column)) ?? true }

    /// Whether values are missing in a column of numbers or truth values, and nothing takes their place.
    func lacksFill(_ column: String, _ evidence: ColumnEvidence) -> Bool {
        guard evidence.missing > 0, fills[column] == nil, takes(column) else { return false }
        return evidence.values == 0 ? !toleratesAbsentColumns : fill(column, KindFills.Kind(evidence.type)) == nil
    }

    /// Returns the fill that settles the type of a column together with its values. A fill by kind does so only if a
    /// value is missing.
    func settlingFill(_ column: String, _ evidence: ColumnEvidence) throws(ColonnadeError) -> String? {
        if let fill = fills[column] { return fill }
        guard evidence.missing > 0, evidence.values > 0 else { return nil }
        let kind = KindFills.Kind(evidence.type)
        let fill = fill(column, kind)
        if let fill, !kind.holds(fill) { throw kind.misfit(fill) }
        return fill
    }

    /// Returns the builder of a column whose type is settled.
    ///
    /// A fill by kind that the type does not hold, as -1 of uint8, is reported where a value is missing. Throws
    /// `invalidArgument` for other fills that are no values of the type.
    func builder(
        _ field: Field, _ tokens: MissingTokens, source: String
    ) throws(ColonnadeError) -> ColumnBuilder {
        let tokens = verbatim.contains(ExactName(field.name)) ? MissingTokens([]) : tokens
        let fill = fill(field.name, KindFills.Kind(field))
        let isMasked = text.masks && fill != nil && takes(field.name)
        do throws(ColonnadeError) {
            return try ColumnBuilder(field, missing: tokens, fill: fill, source: source, isMasked: isMasked)
        } catch {
            guard fills[field.name] == nil, field.kind == .tensor else { throw error }
            return try ColumnBuilder(field, missing: tokens, fill: nil, source: source, isMasked: isMasked)
        }
    }
}
