// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The common schema of the samples of several pipelines, and the steps that adapt the samples of each pipeline.
struct SchemaJoin {
    /// The common fields, in the order of the first schema. A dimension in which the schemas differ varies.
    let schema: Schema
    private let steps: [[Relabel]]

    /// Joins schemas. Throws `invalidArgument` if keys, data types or ranks differ, or if class names differ and `rule`
    /// does not allow it. The error names both sources by the texts that `label` returns for their indices.
    init(
        _ schemas: [Schema], _ rule: ClassNameRule, label: (Int) -> String
    ) throws(ColonnadeError) {
        func source(_ index: Int) -> String { "source \(index) (\(label(index)))" }
        var steps = schemas.map { _ in [Relabel]() }
        guard var fields = schemas.first?.fields else {
            self.schema = try Schema([])
            self.steps = steps
            return
        }
        for (part, schema) in schemas.enumerated().dropFirst() {
            guard schema.count == fields.count, schemas[0].names.allSatisfy({ schema.index(named: $0) != nil }) else {
                throw ColonnadeError(
                    .invalidArgument,
                    "samples with the keys \(schemas[0].names) of \(source(0)) and with \(schema.names) of \(source(part)) do not "
                        + "go together: select or rename keys"
                )
            }
        }
        for index in fields.indices {
            let parts = try schemas.map { (schema) throws(ColonnadeError) in
                try schema.field(named: fields[index].name)
            }
            for (part, other) in parts.enumerated().dropFirst() {
                try fields[index].widen(toHold: other, source(0), source(part))
            }
            try Self.checkTimes(parts, rule, source)
            fields[index].meaning = try Self.meaning(of: parts, rule, source)
            guard rule == .byName, case .classLabels(let names)? = fields[index].meaning else { continue }
            for (part, field) in parts.enumerated() {
                if let step = try Relabel(field, to: names) { steps[part].append(step) }
            }
        }
        schema = try Schema(fields)
        self.steps = steps
    }

    /// Returns a plan with the steps that adapt its samples to the common schema.
    func aligned<SomePlan: Plan>(_ plan: SomePlan, _ index: Int) throws(ColonnadeError) -> SomePlan {
        var result = plan
        for step in steps[index] {
            let field = try result.schema.field(named: step.key)
            guard !result.isBatched || field.varyingCount < 2 else {
                throw ColonnadeError(
                    .invalidArgument,
                    "\"\(step.key)\" is \(field.typeDescription) of padded batches, whose padding would be taken for labels: "
                        + "put samples together first, and batch them then")
            }
            result = try result.changing(.adding(step))
        }
        return result.schema.hasNames(of: schema) ? result : try result.changing(.selecting(schema.names))
    }

    /// Throws `invalidArgument` if the times of a key have different kinds, units or origins in two sources. Time zones
    /// may differ. Times and plain numbers are combined only if `rule` is `drop`.
    private static func checkTimes(
        _ fields: [Field], _ rule: ClassNameRule, _ source: (Int) -> String
    ) throws(ColonnadeError) {
        guard let index = fields.firstIndex(where: { $0.timeType != nil }), let first = fields[index].timeType else {
            return
        }
        for (part, field) in fields.enumerated() {
            guard let other = field.timeType, !other.counts(as: first) else { continue }
            throw ColonnadeError(
                .invalidArgument,
                "\"\(field.name)\" is \(first) in \(source(index)) and \(other) in \(source(part)): convert one of them when it is "
                    + "ingested")
        }
        guard rule != .drop, let bare = fields.firstIndex(where: { $0.timeType == nil }) else { return }
        throw ColonnadeError(.invalidArgument) {
            "\"\(fields[0].name)\" is \(first) in \(source(index)) and a plain number in \(source(bare)), which may count something "
                + "else: ingest those with that type, or keep the bare numbers of all (\($0.labelsDropped))"
        }
    }

    /// Returns the common meaning of a key with the given fields.
    private static func meaning(
        of fields: [Field], _ rule: ClassNameRule, _ source: (Int) -> String
    ) throws(ColonnadeError) -> Field.Meaning? {
        var families: Set<String> = []
        for field in fields {
            if case .media(let type)? = field.meaning { families.insert(String(type.prefix { $0 != "/" })) }
        }
        let names = fields.map(\.classNames)
        guard let first = names.first(where: { $0 != nil }) ?? nil else {
            let isSame = fields.allSatisfy { $0.meaning == fields[0].meaning }
            guard !isSame else { return fields[0].meaning }
            // Points in time with different zones have one origin, so that their numbers are comparable.
            if fields.allSatisfy({ $0.timeType != nil }), let type = fields[0].timeType {
                return TimeType(type.kind, type.unit, zone: "UTC").map { .time($0) }
            }
            let isOneFamily = families.count == 1 && fields.allSatisfy { $0.meaning != nil }
            return isOneFamily ? .media("\(families.removeFirst())/*") : nil
        }
        if names.allSatisfy({ $0.map { ClassNames.areSame($0, first) } ?? false }) { return fields[0].meaning }
        switch rule {
        case .drop: return nil
        case .same: throw ClassNames.difference(fields, source)
        case .byName:
            var union: [String] = []
            var known: Set<ExactName> = []
            for names in names {
                guard let names else { throw ClassNames.difference(fields, source) }
                guard Set(names.exactNames).count == names.count else {
                    throw ColonnadeError(.invalidArgument) {
                        "\"\(fields[0].name)\" has a class name twice, so its labels cannot be mapped by name: keep the bare "
                            + "numbers (\($0.labelsDropped))"
                    }
                }
                for name in names where known.insert(ExactName(name)).inserted { union.append(name) }
            }
            return .classLabels(union)
        }
    }
}

extension TimeType {
    /// Returns whether numbers of two types have one unit and one origin.
    fileprivate func counts(as other: TimeType) -> Bool {
        kind == other.kind && unit == other.unit && (zone == nil) == (other.zone == nil)
    }
}

extension Field {
    fileprivate var classNames: [String]? {
        if case .classLabels(let names)? = meaning { names } else { nil }
    }

    /// Makes the dimensions varying in which another field differs. Throws `invalidArgument` for another data type or
    /// rank.
    fileprivate mutating func widen(
        toHold other: Field, _ first: @autoclosure () -> String, _ source: @autoclosure () -> String
    ) throws(ColonnadeError) {
        guard other.dtype == dtype, other.shape.count == shape.count else {
            throw ColonnadeError(
                .invalidArgument,
                "\"\(name)\" is \(typeDescription) in \(first()) and \(other.typeDescription) in \(source()): cast one of them, or "
                    + "reshape it, before they are put together"
            )
        }
        if other.kind != kind { kind = .bytes }
        let (place, otherPlace) = (channelPlace, other.channelPlace)
        if let own = (place ?? otherPlace?.other(in: shape))?.dimensions,
            let given = (otherPlace ?? place?.other(in: other.shape))?.dimensions, own != given
        {
            let (name, firstName, otherName) = (name, first(), source())
            throw ColonnadeError(.invalidArgument) {
                "\"\(name)\" has the dimensions \(own) in \(firstName) and \(given) in \(otherName): move the channels of one of them "
                    + "before they are put together (\($0.pictureLayout))"
            }
        }
        channelPlace = place == .unknown ? place : otherPlace ?? place
        for dimension in shape.indices where other.shape[dimension] != shape[dimension] { shape[dimension] = nil }
    }
}

/// Class names, compared by their bytes.
private enum ClassNames {
    static func areSame(_ names: [String], _ others: [String]) -> Bool {
        names.exactNames == others.exactNames
    }

    /// Returns the error about different class names, with the first difference.
    static func difference(_ fields: [Field], _ source: (Int) -> String) -> ColonnadeError {
        let key = fields[0].name
        guard let bare = fields.firstIndex(where: { $0.classNames == nil }) else {
            let first = fields[0].classNames ?? []
            let index = fields.firstIndex { !areSame($0.classNames ?? [], first) } ?? 0
            let other = fields[index].classNames ?? []
            let label = zip(first, other).enumerated().first { ExactName($1.0) != ExactName($1.1) }?.offset
            let example =
                label.map { "\($0) is \"\(first[$0])\" in \(source(0)) and \"\(other[$0])\" in \(source(index))" }
                ?? "\(source(0)) has \(first.count) names and \(source(index)) has \(other.count)"
            return ColonnadeError(.invalidArgument) {
                "the class names of \"\(key)\" differ: \(example): map them by name (\($0.labelsByName)), or keep the bare numbers "
                    + "(\($0.labelsDropped))"
            }
        }
        let named = fields.firstIndex { $0.classNames != nil } ?? 0
        return ColonnadeError(.invalidArgument) {
            "\"\(key)\" has class names in \(source(named)), but not in \(source(bare)), whose numbers may mean something else: give "
                + "them names when they are written, or keep the bare numbers of all (\($0.labelsDropped))"
        }
    }
}
