// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// Brings sources of the same columns to the same types, so that they can be taken one after another.
///
/// A column is widened to the least type that holds the values of all sources; each value is checked to survive. A column
/// without values takes the type that it has in the others. A column without such a type stays as it is, and is refused when the
/// sources are combined.
struct SourceAlignment {
    /// Opens a source again, with these types in addition to those that the user asked for.
    typealias Reopening = (_ index: Int, _ types: NameMap<RequestedType>) throws(ColonnadeError) -> any RecordSource

    private let sources: [any RecordSource]
    private let options: TextSourceOptions
    /// By source, the types to open it with again, and those to convert it to.
    private var opening: [NameMap<RequestedType>]
    private var converting: [NameMap<RequestedType>]
    private var because: NameMap<String> = [:]

    static func align(
        _ sources: [any RecordSource], options: TextSourceOptions, reopen: Reopening
    ) throws(ColonnadeError) -> [any RecordSource] {
        var alignment = SourceAlignment(sources, options)
        let masks = sources.reduce(into: Set<ExactName>()) { $0.formUnion($1.masks) }
        // Whether there is a mask may depend on the type that is settled here.
        func names(_ index: Int) -> [String] { sources[index].schema.names.filter { !masks.contains(ExactName($0)) } }
        var rest = Array(sources.indices)
        while let first = rest.first {
            let columns = Set(names(first).exactNames)
            let group = rest.filter { Set(names($0).exactNames) == columns }
            rest.removeAll { group.contains($0) }
            for name in names(first) {
                try alignment.checkValues(name, group)
                if group.count > 1 { alignment.settle(name, group) }
            }
        }
        return try alignment.apply(reopen)
    }

    private init(_ sources: [any RecordSource], _ options: TextSourceOptions) {
        self.sources = sources
        self.options = options
        opening = sources.map { _ in [:] }
        converting = opening
    }

    private func field(_ name: String, _ index: Int) -> Field? {
        let schema = sources[index].schema
        return schema.index(named: name).map { schema[$0] }
    }

    private func hasValues(_ name: String, _ index: Int) -> Bool {
        (sources[index] as? any InferringSource)?.columnsWithoutValues.contains(ExactName(name)) != true
    }

    /// Throws `invalidSource` for a column that is taken, has no value in any source, and nothing that takes the place of them.
    private func checkValues(_ name: String, _ group: [Int]) throws(ColonnadeError) {
        guard options.takes(name), options.fills[name] == nil, !group.contains(where: { hasValues(name, $0) }),
            let index = group.first(where: { (sources[$0].rowCount ?? 0) > 0 })
        else { return }
        throw ColonnadeError(
            .invalidSource, "all values are missing; \(TextGaps.remedyWithoutValues(name))",
            at: .record(source: sources[index].name, record: 1, column: name))
    }

    /// Decides about one column of the sources at `group`.
    private mutating func settle(_ name: String, _ group: [Int]) {
        let valued = group.filter { hasValues(name, $0) }
        let fields = valued.compactMap { field(name, $0) }
        guard var joined = fields.first else { return }
        var differing: Int?
        for (index, field) in zip(valued, fields).dropFirst() {
            if differing == nil, field.typeDescription != joined.typeDescription { differing = index }
            guard let wider = joined.joined(with: field) else { return }
            joined = wider
        }
        let empty = group.first { !hasValues(name, $0) }
        for index in group {
            guard let field = field(name, index), field.typeDescription != joined.typeDescription else { continue }
            if !hasValues(name, index) {
                opening[index][name] = RequestedType(joined)
                continue
            }
            if field.shape != joined.shape {
                guard sources[index] is any InferringSource else { return }
                opening[index][name] = RequestedType(field)
                opening[index][name]?.shape = joined.shape
            }
            guard field.dtype != joined.dtype else { continue }
            if !options.kindFills.texts.isEmpty || options.text.masks, sources[index] is any InferringSource {
                // The fill is one of the settled type.
                opening[index][name] = RequestedType(joined)
            } else {
                converting[index][name] = RequestedType(joined.dtype)
            }
        }
        let first = "\(fields[0].typeDescription) in \(sources[valued[0]].name)"
        if let differing, let other = field(name, differing) {
            because[name] = "because it is \(first) and \(other.typeDescription) in \(sources[differing].name)"
        } else if let empty {
            because[name] = "because it is \(first) and has no values in \(sources[empty].name)"
        }
    }

    private func apply(_ reopen: Reopening) throws(ColonnadeError) -> [any RecordSource] {
        var aligned: [any RecordSource] = []
        for index in sources.indices {
            var source = sources[index]
            if !opening[index].isEmpty { source = try reopen(index, opening[index]) }
            if !converting[index].isEmpty {
                source = try ConvertedSource(source, types: converting[index], because: because)
            }
            aligned.append(source)
        }
        return aligned
    }
}

extension RecordSource {
    /// The mask columns of the source; empty for a source that makes none.
    var masks: Set<ExactName> { (self as? any InferringSource)?.masks ?? [] }
}

extension Field {
    /// Returns the least field of the same name that holds the values of both; nil where there is none.
    fileprivate func joined(with other: Field) -> Field? {
        guard kind == other.kind, meaning == other.meaning, shape.count == other.shape.count,
            let dtype = dtype.joined(with: other.dtype)
        else { return nil }
        var joined = self
        joined.dtype = dtype
        joined.shape = zip(shape, other.shape).map { $0 == $1 ? $0 : nil }
        return joined
    }
}

extension DType {
    /// Returns the least type that holds the values of both. For 64-bit integers beside others there may be values that
    /// it does not hold. Nil for bool beside numbers.
    func joined(with other: DType) -> DType? {
        if self == other { return self }
        guard self != .bool, other != .bool else { return nil }
        guard isFloatingPoint || other.isFloatingPoint else {
            if isSignedInteger == other.isSignedInteger { return size > other.size ? self : other }
            let (signed, unsigned) = isSignedInteger ? (self, other) : (other, self)
            if signed.size > unsigned.size { return signed }
            return switch unsigned {
            case .uint8: .int16
            case .uint16: .int32
            case .uint32: .int64
            default: .uint64
            }
        }
        guard isFloatingPoint, other.isFloatingPoint else {
            let (float, integer) = isFloatingPoint ? (self, other) : (other, self)
            switch (float, integer.size) {
            case (.float64, _), (_, 4...): return .float64
            case (.float16, 1): return .float16
            default: return .float32
            }
        }
        return size == other.size ? .float32 : size > other.size ? self : other
    }
}
