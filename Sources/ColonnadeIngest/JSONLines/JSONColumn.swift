// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// Turns the values of one key into rows.
struct JSONColumn: Sendable {
    /// A value that does not fit: a text that is no value of the type, or an array of another shape.
    enum Fault: Sendable {
        case misfit(Misfit, value: String)
        case shape([Int]?)
        case scalar(value: String)
    }

    private(set) var builder: ColumnBuilder
    /// The type was asked for, so that texts are read as a CSV file's are.
    private let isDeclared: Bool
    private let fixedShape: [Int]?
    private var scratch: [UInt8] = []
    /// The last record with a row.
    private(set) var record = 0

    init(_ builder: ColumnBuilder, isDeclared: Bool) {
        self.builder = builder
        self.isDeclared = isDeclared
        fixedShape = builder.field.fixedShape
    }

    var field: Field { builder.field }

    mutating func mark() { builder.mark() }
    mutating func rollBack(to record: Int) {
        builder.rollBack()
        self.record = record
    }
    mutating func take() -> [ColumnChunk] { builder.take() }
    mutating func endRecord() { builder.endRecord() }

    /// Appends the value at `index` as the row of `record`.
    mutating func append(
        _ index: Int, of parser: borrowing JSONParser, _ text: Span<UInt8>, record: Int
    ) -> Fault? {
        self.record = record
        let node = parser.nodes[index]
        if node.kind == .null { return appendMissing(record: record) }
        guard field.kind == .tensor else {
            let misfit: Misfit?
            if node.kind == .string {
                misfit = JSONText.withText(of: node, in: text, &scratch) { builder.appendPresentRow($0) }
            } else if field.kind == .bytes {
                misfit = .notBase64
            } else {
                // Asked to be text: whatever it is, as it is written.
                misfit = builder.appendPresentRow(text.extracting(node.range))
            }
            return misfit.map { .misfit($0, value: quoted(node, text)) }
        }
        guard !field.shape.isEmpty else {
            return appendElement(node, text).map { .misfit($0, value: quoted(node, text)) }
        }
        guard node.kind == .array else { return .scalar(value: quoted(node, text)) }
        return appendArray(index, parser, text)
    }

    /// Appends the replacement of a missing value: the fill, or an empty array if there is a fill.
    mutating func appendMissing(record: Int) -> Fault? {
        self.record = record
        builder.noteMissing()
        let missing = Fault.misfit(.missing, value: "null")
        switch field.kind {
        case .string, .bytes:
            guard builder.hasFill else { return missing }
            return builder.appendMissingElement().map { _ in missing } ?? endRow()
        case .tensor:
            guard let fixedShape else {
                guard builder.hasFill else { return missing }
                builder.endRow(varying: field.shape.compactMap { $0 == nil ? 0 : nil })
                return nil
            }
            for _ in 0..<fixedShape.reduce(1, *) {
                if builder.appendMissingElement() != nil { return missing }
            }
            return nil
        }
    }

    private mutating func endRow() -> Fault? {
        builder.endRow()
        return nil
    }

    private mutating func appendArray(_ index: Int, _ parser: borrowing JSONParser, _ text: Span<UInt8>) -> Fault? {
        let shape = parser.shape(of: index)
        guard let shape, let dimensions = varyingDimensions(of: shape) else { return .shape(shape) }
        var element = index + 1
        let end = Int(parser.nodes[index].next)
        while element < end {
            let node = parser.nodes[element]
            element += 1
            if node.kind == .array { continue }
            if let misfit = appendElement(node, text) { return .misfit(misfit, value: quoted(node, text)) }
            element = Int(node.next)
        }
        if fixedShape == nil { builder.endRow(varying: dimensions) }
        return nil
    }

    /// Returns the sizes of a row in the dimensions in which the field varies; nil if another size is not the
    /// field's. After an empty dimension, sizes are unknown, and those that vary are zero.
    private func varyingDimensions(of shape: [Int]) -> [Int]? {
        let isEmpty = shape.last == 0
        guard shape.count == field.shape.count || isEmpty && shape.count < field.shape.count else { return nil }
        var varying: [Int] = []
        for (index, dimension) in field.shape.enumerated() {
            if let dimension {
                guard index >= shape.count || shape[index] == dimension else { return nil }
            } else {
                varying.append(index < shape.count ? shape[index] : 0)
            }
        }
        return varying
    }

    private mutating func appendElement(_ node: JSONNode, _ text: Span<UInt8>) -> Misfit? {
        let other = field.dtype == .bool ? Misfit.notBoolean : .notNumber
        let isDeclared = isDeclared
        switch node.kind {
        case .null: return builder.appendMissingElement()
        case .number, .yes, .no: return builder.appendElement(text.extracting(node.range))
        case .object, .array: return other
        case .string:
            return JSONText.withText(of: node, in: text, &scratch) { string in
                if JSONEvidence.isNonFiniteName(string) { return builder.appendElement(string) }
                return isDeclared ? builder.append(string) : other
            }
        }
    }

    private func quoted(_ node: JSONNode, _ text: Span<UInt8>) -> String {
        String(quoting: text.extracting(node.range))
    }

    /// Returns the whole error for a fault.
    func error(_ fault: Fault, source: String, record: Int) -> ColonnadeError {
        let message: String
        switch fault {
        case .misfit(let misfit, let value):
            return misfit.error(value, in: field, source: source, record: record)
        case .shape(let shape?):
            message = "an array of shape \(shape) stands where \(field.typeDescription) is needed; correct it"
        case .shape(nil):
            message = "arrays side by side differ in length or depth, and a tensor is rectangular; pad them"
        case .scalar(let value):
            message = "\(value) stands where \(field.typeDescription) is needed; put it in an array"
        }
        return ColonnadeError(
            .invalidSource, "\(message), or keep the JSON text with --type \(field.name)=string",
            at: .record(source: source, record: record, column: field.name))
    }
}
