// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The Arrow type of a column, or of the elements of a list, that a record batch of Colonnade has.
struct ArrowNodePlan: Sendable {
    /// The memory of the elements.
    enum Kind: Sendable {
        /// Elements in one buffer.
        case numbers
        /// Bools, which become bits.
        case bits
        /// Times, of which the smallest integer is a missing one.
        case times(DType)
        /// Class numbers, of which -1 is a missing one.
        case classes([String], DType)
        /// Text or bytes.
        case bytes(isText: Bool)
        /// Lists of a fixed size.
        case fixedList(Int)
        /// Lists of any size.
        case list
        case structure
    }

    let kind: Kind
    let format: String
    var name: String
    var metadata: [(key: String, value: String)] = []
    var children: [ArrowNodePlan] = []
    var isNullable = false

    /// Makes the plan of a field. Throws `invalidArgument` for a field that has no type of Arrow.
    init(_ field: Field) throws(ColonnadeError) {
        if field.kind != .tensor {
            guard field.shape.count == 1 else {
                throw ArrowNodePlan.refusal(field, "select other keys, or export before the step that made it")
            }
            let isText = field.kind == .string
            self.init(.bytes(isText: isText), isText ? "U" : "Z", field.name)
            if case .media(let type) = field.meaning { metadata = [(ArrowMetadata.mediaType, type)] }
            return
        }
        var node = try ArrowNodePlan(elementsOf: field)
        guard !field.shape.isEmpty else {
            self = node
            self.name = field.name
            return
        }
        if field.shape.count > 1, let shape = field.fixedShape {
            // Consumers that do not know the extension read lists of all elements.
            self = try ArrowNodePlan(fixedListOf: shape.reduce(1) { $0.saturatingProduct($1) }, node, field)
            metadata = [
                ("ARROW:extension:name", "arrow.fixed_shape_tensor"),
                ("ARROW:extension:metadata", "{\"shape\":[\(shape.map(String.init).joined(separator: ","))]}"),
            ]
        } else {
            for size in field.shape.reversed() {
                node =
                    try size.map { (size) throws(ColonnadeError) in
                        try ArrowNodePlan(fixedListOf: size, node, field)
                    } ?? ArrowNodePlan(.list, "+L", "item", [node])
            }
            self = node
        }
        self.name = field.name
    }

    /// Makes the plan of rows with these columns.
    init(rowsOf columns: [ArrowNodePlan]) { self.init(.structure, "+s", "", columns) }

    /// The plan of class names.
    static let classNames = ArrowNodePlan(.bytes(isText: true), "U", "")

    private init(_ kind: Kind, _ format: String, _ name: String, _ children: [ArrowNodePlan] = []) {
        self.kind = kind
        self.format = format
        self.name = name
        self.children = children
    }

    private init(fixedListOf size: Int, _ node: ArrowNodePlan, _ field: Field) throws(ColonnadeError) {
        guard size <= Int32.max else { throw ArrowNodePlan.refusal(field, "slice it first") }
        self.init(.fixedList(size), "+w:\(size)", "item", [node])
    }

    /// Makes the plan of single elements.
    private init(elementsOf field: Field) throws(ColonnadeError) {
        switch field.meaning {
        case .classLabels(let names):
            self.init(.classes(names, field.dtype), try ArrowNodePlan.format(field), "item")
            isNullable = true
        case .time(let type):
            guard field.dtype == type.dtype else {
                throw ArrowNodePlan.refusal(field, "cast it to \(type.dtype.name), which \(type) has in Arrow")
            }
            self.init(.times(field.dtype), ArrowNodePlan.format(type), "item")
            isNullable = true
        case .media, nil:
            self.init(field.dtype == .bool ? .bits : .numbers, try ArrowNodePlan.format(field), "item")
        }
    }

    private static func refusal(_ field: Field, _ remedy: String) -> ColonnadeError {
        ColonnadeError(.invalidArgument, "Arrow has no type for \"\(field.name)\", \(field.typeDescription): \(remedy)")
    }

    private static func format(_ field: Field) throws(ColonnadeError) -> String {
        switch field.dtype {
        case .uint8: "C"
        case .int8: "c"
        case .uint16: "S"
        case .int16: "s"
        case .uint32: "I"
        case .int32: "i"
        case .uint64: "L"
        case .int64: "l"
        case .float16: "e"
        case .float32: "f"
        case .float64: "g"
        case .bool: "b"
        case .bfloat16: throw refusal(field, "cast it to float32")
        }
    }

    private static func format(_ type: TimeType) -> String {
        let unit =
            switch type.unit {
            case .days: "D"
            case .seconds: "s"
            case .milliseconds: "m"
            case .microseconds: "u"
            case .nanoseconds: "n"
            }
        return switch type.kind {
        case .date: "td\(unit)"
        case .time: "tt\(unit)"
        case .timestamp: "ts\(unit):\(type.zone ?? "")"
        case .duration: "tD\(unit)"
        }
    }
}
