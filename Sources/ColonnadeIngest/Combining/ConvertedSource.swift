// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore

/// The records of another source with some columns in other types, each value checked as it passes.
///
/// - Numbers are converted as long as they survive: see the errors of `nextChunk`.
/// - A fixed shape may become another of as many elements: uint8[784] as uint8[28, 28].
/// - uint8[?], bytes and strings become one another; strings must be UTF-8.
public final class ConvertedSource: RecordSource {
    public let schema: Schema
    public let reasons: [String]
    private let base: any RecordSource
    private let conversions: [Conversion?]
    /// The reasons for conversions that the caller did not ask for.
    private let because: NameMap<String>

    public var name: String { base.name }
    public var rowCount: Int? { base.rowCount }

    /// Throws `unknownKey` for a column that is not there, `invalidArgument` for a conversion that cannot be.
    public convenience init(_ base: any RecordSource, types: NameMap<RequestedType>) throws(ColonnadeError) {
        try self.init(base, types: types, because: [:])
    }

    /// Converts columns of a source. `because` has the reason for each column, as the end of a sentence.
    init(
        _ base: any RecordSource, types: NameMap<RequestedType>, because: NameMap<String>
    ) throws(ColonnadeError) {
        var conversions: [Conversion?] = base.schema.map { _ in nil }
        var schema = base.schema
        var reasons = base.reasons
        for (column, type) in types {
            let index = try base.schema.index(ofColumn: column)
            let conversion = try Conversion(from: base.schema[index], to: type)
            conversions[index] = conversion
            schema = schema.replacing(index, with: conversion.target)
            reasons.removeAll { $0.startsWithBytes(of: "\(column): ") }
            reasons.append("\(column): \(conversion.target.typeDescription), \(because[column] ?? "as asked for")")
        }
        self.base = base
        self.schema = schema
        self.reasons = reasons
        self.conversions = conversions
        self.because = because
    }

    /// Throws `invalidSource` for a value that does not survive the conversion, with record, column and value.
    public func nextChunk(rowLimit: Int, byteLimit: Int) throws(ColonnadeError) -> RecordChunk? {
        let firstRow = nextRow
        // A uint8 becomes up to eight times as large.
        let growth = conversions.compactMap { $0?.growth }.max() ?? 1
        guard var chunk = try base.nextChunk(rowLimit: rowLimit, byteLimit: max(1, byteLimit / max(growth, 1))) else {
            return nil
        }
        nextRow += chunk.rowCount
        for (index, conversion) in conversions.enumerated() {
            try conversion?.apply(
                to: &chunk.columns[index], rows: chunk.rowCount, firstRow: firstRow, source: name,
                because: because[schema[index].name])
        }
        return chunk
    }

    private var nextRow = 0
}
