// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Settles the columns of JSON records. JSON distinguishes numbers from text, so unlike a column of CSV, a column of JSON never
/// becomes text: values of different kinds are an error.
struct JSONInference: Sendable {
    let source: String
    let options: TextSourceOptions
    /// Columns with missing values and no fill.
    private(set) var gaps = TextGaps()

    init(source: String, options: TextSourceOptions) {
        self.source = source
        self.options = options
    }

    struct Settled: Sendable {
        var field: Field
        var reason: String?
    }

    mutating func settle(
        _ name: String, _ evidence: JSONEvidence, requested: RequestedType?
    ) throws(ColonnadeError) -> Settled {
        if let requested { return try settle(name, evidence, requested) }
        if let odd = evidence.firstOddElement {
            throw fault(
                name, odd,
                "an array holds \(odd.text), and tensors hold numbers; keep its JSON text with --type \(name)=string")
        }
        try checkShapes(name, evidence)
        try checkKinds(name, evidence)
        if evidence.firstString != nil {
            let field = Field(name, kind: .string)
            noteHoles(field, evidence, "a string", "--fill \(name)=")
            return Settled(field: field, reason: filledReason(name, "string", evidence))
        }
        return try settleNumbers(name, evidence)
    }

    private func checkKinds(_ name: String, _ evidence: JSONEvidence) throws(ColonnadeError) {
        let seen = evidence.kinds
        guard seen.count > 1 else { return }
        throw fault(
            name, seen[1].first,
            "record \(seen[0].first.record) has \(seen[0].words) and record \(seen[1].first.record) has \(seen[1].words); "
                + "make all of one kind, or keep text with --type \(name)=string")
    }

    private mutating func settleNumbers(
        _ name: String, _ evidence: JSONEvidence
    ) throws(ColonnadeError) -> Settled {
        var scalars = evidence.scalars
        if let first = evidence.firstNonFinite { scalars.observeDecimals(evidence.nonFinite, first) }
        let shape = evidence.firstArray == nil ? [] : evidence.shape.settled
        if shape.contains(nil) {
            let field = Field(name, scalars.type.dtype ?? .float64, shape)
            noteHoles(field, evidence, "an array", "--fill \(name)=0 (an empty array)")
        } else if let hole = evidence.firstHole {
            scalars.observeMissing(hole.text, record: hole.record, count: evidence.holes)
        }
        if scalars.type == .string { throw mixed(name, scalars) }
        if options.lacksFill(name, scalars) {
            let field = Field(name, scalars.type.dtype ?? .float64, shape)
            gaps.note(field, scalars, source: source)
            return Settled(field: field)
        }
        let fill = try options.settlingFill(name, scalars)
        let settled = try SchemaInference(source: source).settleNumbers(name, scalars, fill: fill)
        if settled.type == .string { return Settled(field: Field(name, kind: .string), reason: settled.reason) }
        let field = Field(name, settled.type.dtype ?? .float64, shape)
        var reason = settled.reason
        if let why = evidence.shape.reason {
            reason =
                reason.map { "\($0); ragged, because \(why)" }
                ?? "\(name): \(field.typeDescription), because \(why)"
        }
        if let number = evidence.firstBareNonFinite {
            let note =
                "\(number.text) in record \(number.record) is a number that JSON does not define and Python writes"
            reason = reason.map { "\($0); \(note)" } ?? "\(name): \(field.typeDescription), because \(note)"
        }
        return Settled(field: field, reason: reason)
    }

    private mutating func settle(
        _ name: String, _ evidence: JSONEvidence, _ requested: RequestedType
    ) throws(ColonnadeError) -> Settled {
        var field = requested.field(name, [])
        if requested.kind == .tensor {
            if requested.shape == nil {
                try checkShapes(name, evidence)
                if let array = evidence.firstArray, let scalar = evidence.firstScalar {
                    throw fault(
                        name, array,
                        "record \(scalar.record) has \(scalar.text), which is no array, and this one has; make "
                            + "all of one kind")
                }
            }
            field.shape = requested.shape ?? (evidence.firstArray == nil ? [] : evidence.shape.settled)
        }
        noteHoles(field, evidence, "a value", "--fill \(name)=\(KindFills.example(for: field))")
        return Settled(field: field)
    }

    private func checkShapes(_ name: String, _ evidence: JSONEvidence) throws(ColonnadeError) {
        if let ragged = evidence.firstRagged {
            throw fault(
                name, ragged,
                "the arrays within \(ragged.text) differ in length or depth, and a tensor is rectangular; pad "
                    + "them, or keep the JSON text with --type \(name)=string")
        }
        if let (first, second) = evidence.shape.conflict {
            throw fault(
                name, JSONEvidence.Sighting(record: max(first, second), text: ""),
                "the arrays of records \(first) and \(second) lie in one another differently deep; make them alike, or keep "
                    + "the JSON text with --type \(name)=string")
        }
        if evidence.shape.dimensions.count > 32, let array = evidence.firstArray {
            throw fault(
                name, array, "arrays are nested more than 32 deep, and a tensor has at most 32 dimensions")
        }
    }

    private mutating func noteHoles(_ field: Field, _ evidence: JSONEvidence, _ what: String, _ remedy: String) {
        guard options.fill(field.name, KindFills.Kind(field)) == nil, let hole = evidence.firstHole else { return }
        let more = evidence.holes - 1
        let others = more == 0 ? "" : " and in \(more) more record\(more == 1 ? "" : "s")"
        gaps.note(
            field, record: hole.record,
            fault(
                field.name, hole,
                "\(what) is missing here (\(hole.text))\(others); say what to put in its place with \(remedy)"))
    }

    private func filledReason(_ name: String, _ type: String, _ evidence: JSONEvidence) -> String? {
        evidence.firstHole.map {
            "\(name): \(type); \(evidence.holes) missing values (\($0.text), first in record \($0.record)) are filled"
        }
    }

    private func mixed(_ name: String, _ scalars: ColumnEvidence) -> ColonnadeError {
        let remedy = "correct them, or keep text with --type \(name)=string"
        if let text = scalars.firstText {
            return fault(name, text, "\(text.text) is beyond the numbers that fit in 64 bits; \(remedy)")
        }
        let firstOther = scalars.firstBoolean ?? scalars.firstLarge
        let right = scalars.firstBoolean == nil ? scalars.firstNegative : scalars.firstNumber
        let place = right ?? ColumnEvidence.Sighting(record: 0, text: "")
        return fault(
            name, place,
            "no type holds both \(firstOther?.text ?? "") in record \(firstOther?.record ?? 0) and \(place.text) in record "
                + "\(place.record); \(remedy)")
    }

    private func fault(_ name: String, _ sighting: JSONEvidence.Sighting, _ message: String) -> ColonnadeError {
        ColonnadeError(.invalidSource, message, at: .record(source: source, record: sighting.record, column: name))
    }
}
