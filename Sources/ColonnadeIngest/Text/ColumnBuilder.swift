// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// Turns the texts of one column into a chunk of rows.
struct ColumnBuilder: Sendable {
    let field: Field
    private let time: TimeType?
    private let tokens: MissingTokens
    /// The text to put in place of missing values, and the same value as an element.
    private let fillText: [UInt8]?
    let fillElement: [UInt8]?
    /// Whether it notes for each row whether a value was there.
    let isMasked: Bool
    private var isWhole = true
    private var validity: [UInt8] = []

    private var chunk = ColumnChunk()
    private var marked = (values: 0, ends: 0, dimensions: 0, validity: 0)

    /// Throws `invalidArgument` if the fill is no value of the field's type.
    init(_ field: Field, missing tokens: MissingTokens, fill: String?, source: String, isMasked: Bool = false)
        throws(ColonnadeError)
    {
        self.field = field
        time = field.time
        self.isMasked = isMasked
        self.tokens = tokens
        fillText = fill.map { Array($0.utf8) }
        guard let fillText else {
            fillElement = nil
            return
        }
        var element: [UInt8] = []
        let misfit = Self.append(fill: fillText.span, as: field, to: &element)
        if let misfit {
            throw ColonnadeError(
                .invalidArgument,
                "the fill \(String(quoting: fillText.span)) \(misfit.sentence(for: field)); give another",
                at: .record(source: source, record: nil, column: field.name))
        }
        fillElement = element
    }

    var hasFill: Bool { fillElement != nil }
    /// Bytes of values so far, and of the mask.
    var byteCount: Int { chunk.values.count + validity.count }

    /// Removes and returns the rows so far, followed by the mask of the column if it has one.
    mutating func take() -> [ColumnChunk] {
        let taken = chunk
        chunk = ColumnChunk()
        chunk.values.reserveCapacity(taken.values.count)
        chunk.ends.reserveCapacity(taken.ends.count)
        defer { mark() }
        guard isMasked else { return [taken] }
        let mask = ColumnChunk(values: validity)
        validity.removeAll()
        return [taken, mask]
    }

    /// Notes where the next row starts. `rollBack` removes the values after it.
    mutating func mark() {
        marked = (chunk.values.count, chunk.ends.count, chunk.dimensions.count, validity.count)
    }

    mutating func rollBack() {
        chunk.values.removeSubrange(marked.values...)
        chunk.ends.removeSubrange(marked.ends...)
        chunk.dimensions.removeSubrange(marked.dimensions...)
        validity.removeSubrange(marked.validity...)
    }

    /// Takes note that the row, or a part of it, is missing.
    mutating func noteMissing() { isWhole = false }

    /// Ends the record, after all values of its row.
    mutating func endRecord() {
        guard isMasked else { return }
        validity.append(isWhole ? 1 : 0)
        isWhole = true
    }

    /// Bytes of values and of the mask since the mark.
    var byteCountSinceMark: Int { byteCount - marked.values - marked.validity }

    /// Appends one value as a CSV file has it: an element of a tensor, or a whole row of text or bytes.
    @inline(__always)
    mutating func append(_ cell: Span<UInt8>) -> Misfit? {
        guard field.kind == .tensor else { return appendRow(cell) }
        let text = cell.extracting(cell.trimmedRange)
        guard !tokens.contains(text) else { return appendMissingElement() }
        if let time { return append(text, as: time) }
        return CellEncoder.append(text, as: field.dtype, to: &chunk.values)
    }

    private mutating func append(_ text: Span<UInt8>, as time: TimeType) -> Misfit? {
        guard !TimeReader.isNotATime(text) else { return appendMissingElement() }
        do throws(Misfit) {
            TimeCast.append(try TimeReader.read(text, as: time), as: time, to: &chunk.values)
            return nil
        } catch {
            return error
        }
    }

    /// Returns the misfit of a value, and keeps nothing.
    mutating func tryOut(_ cell: Span<UInt8>) -> Misfit? {
        let misfit = append(cell)
        chunk.values.removeAll(keepingCapacity: true)
        chunk.ends.removeAll(keepingCapacity: true)
        return misfit
    }

    /// Appends one number or truth value that is known to be there. Of times it is the count of their unit.
    mutating func appendElement(_ text: Span<UInt8>) -> Misfit? {
        CellEncoder.append(text, as: field.dtype, to: &chunk.values)
    }

    /// Appends the fill, if there is one.
    mutating func appendMissingElement() -> Misfit? {
        noteMissing()
        guard let fillElement else { return .missing }
        chunk.values.append(contentsOf: fillElement)
        return nil
    }

    private mutating func appendRow(_ cell: Span<UInt8>) -> Misfit? {
        if let fillElement, tokens.contains(cell.extracting(cell.trimmedRange)) {
            noteMissing()
            chunk.values.append(contentsOf: fillElement)
        } else if let misfit = Self.append(cell, as: field, to: &chunk.values) {
            return misfit
        }
        endRow()
        return nil
    }

    /// Appends a row of text or bytes that is known to be there.
    mutating func appendPresentRow(_ text: Span<UInt8>) -> Misfit? {
        if let misfit = Self.append(text, as: field, to: &chunk.values) { return misfit }
        endRow()
        return nil
    }

    /// Ends a row of text, bytes or a ragged tensor, whose values have been appended.
    mutating func endRow(varying dimensions: [Int] = []) {
        chunk.ends.append(chunk.values.count)
        if dimensions.count > 1 { chunk.dimensions.append(contentsOf: dimensions) }
    }

    private static func append(fill: Span<UInt8>, as field: Field, to values: inout [UInt8]) -> Misfit? {
        guard let time = field.time else { return append(fill, as: field, to: &values) }
        guard let value = TimeReader.readFill(fill, as: time) else { return .notTime }
        TimeCast.append(value, as: time, to: &values)
        return nil
    }

    private static func append(_ text: Span<UInt8>, as field: Field, to values: inout [UInt8]) -> Misfit? {
        switch field.kind {
        case .tensor: return CellEncoder.append(text, as: field.dtype, to: &values)
        case .bytes: return Base64.decode(text, into: &values) ? nil : .notBase64
        case .string:
            guard text.firstInvalidUTF8 == nil else { return .notUTF8 }
            values.append(contentsOf: text)
            return nil
        }
    }
}

extension [ColumnBuilder] {
    /// Returns the schema of the columns, each followed by its mask if it has one.
    func schema(source: String) throws(ColonnadeError) -> Schema {
        var names = Set(map(\.field.name).exactNames)
        for builder in self where builder.isMasked && !names.insert(ExactName(builder.field.maskName)).inserted {
            throw ColonnadeError(
                .invalidArgument, "--mask makes a column of this name, which is there already: rename it in the source",
                at: .record(source: source, record: nil, column: builder.field.maskName))
        }
        return try Schema(flatMap { $0.isMasked ? [$0.field, Field($0.field.maskName, .bool)] : [$0.field] })
    }

    var masks: Set<ExactName> { Set(filter(\.isMasked).map { ExactName($0.field.maskName) }) }

    /// Why there are masks: one sentence each.
    var maskReasons: [String] {
        filter(\.isMasked).map { "\($0.field.maskName): bool[], false where \($0.field.name) was missing" }
    }
}

extension Field {
    /// The name of the bool column that tells which rows were there.
    var maskName: String { "\(name).valid" }
}
