// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Finds the field that a type of Arrow becomes.
struct ArrowShaping {
    let name: String
    let source: String

    func fault(_ message: String, _ code: ColonnadeError.Code = .unsupported) -> ColonnadeError {
        ColonnadeError(code, message, at: .record(source: source, record: nil, column: name))
    }

    /// Returns the column for a field. Throws `unsupported`, with a remedy, for a type that no column can hold.
    func column(_ field: ArrowField, decoded: Bool) throws(ColonnadeError) -> ArrowColumn {
        try refuseUnknown(field)
        let given = try extensionShape(field)
        var levels: [ArrowColumn.Level] = []
        var shape: [Int?] = []
        var inner = field
        while let child = inner.children.first {
            if !inner.dictionary.isEmpty { break }
            switch inner.type {
            case .fixedList(let size):
                levels.append(.fixed(size))
                shape.append(size)
            case .list(let isLarge):
                let length = given.flatMap { shape.count < $0.count ? $0[shape.count] : nil }
                levels.append(.list(isLarge: isLarge, length: length))
                shape.append(length)
            default:
                throw fault("a list of structs cannot be a column: turn it into one list for each field first")
            }
            inner = child
            try refuseUnknown(inner)
        }
        var column = try leaf(inner, shape, decoded: decoded)
        column.levels = levels
        if let given { try shapeTensor(field, &column, given) }
        if case .times(let type) = inner.dictionary.first?.type ?? inner.type {
            column.field.meaning = .time(type)
            column.reason = "\(column.field.typeDescription), \(type)"
        }
        return column
    }

    private func leaf(_ field: ArrowField, _ shape: [Int?], decoded: Bool) throws(ColonnadeError) -> ArrowColumn {
        if let values = field.dictionary.first { return try dictionary(field, values, shape, decoded: decoded) }
        func tensor(_ dtype: DType, _ leaf: ArrowColumn.Leaf, _ more: [Int] = []) -> ArrowColumn {
            ArrowColumn(name: name, field: Field(name, dtype, shape + more.map { $0 }), leaf: leaf)
        }
        switch field.type {
        case .numbers(.int8) where field.extensionName == "arrow.bool8": return tensor(.bool, .bool8)
        case .numbers(let dtype): return tensor(dtype, .elements(dtype, field.type))
        case .times(let type): return tensor(type.dtype, .elements(type.dtype, field.type))
        case .bits: return tensor(.bool, .bits)
        case .fixedBytes(let width): return tensor(.uint8, .elements(.uint8, field.type), [width])
        case .bytes(let isText, _), .views(let isText):
            guard shape.isEmpty else {
                throw fault(
                    "lists of \(field.type.name) cannot be a column: join them into one value, or make them class labels "
                        + "(dictionary_encode) first")
            }
            return ArrowColumn(
                name: name, field: Field(name, kind: isText ? .string : .bytes), leaf: .bytes(field.type))
        case .refused(let type, let remedy): throw fault("its type is \(type), which no column holds: \(remedy)")
        case .structure: throw fault("a list of structs cannot be a column: turn it into one list for each field first")
        case .fixedList, .list: throw fault("a list without a type of elements cannot be a column")
        }
    }

    private func dictionary(
        _ field: ArrowField, _ values: ArrowField, _ shape: [Int?], decoded: Bool
    ) throws(ColonnadeError) -> ArrowColumn {
        guard case .numbers(let index) = field.type, !index.isFloatingPoint else {
            throw fault("a dictionary has \(field.type.name) for indices", .invalidSource)
        }
        func column(_ field: Field, _ use: ArrowColumn.DictionaryUse) -> ArrowColumn {
            ArrowColumn(name: name, field: field, leaf: .dictionary(index, values.type, use))
        }
        let refusal = fault(
            "a dictionary whose values are \(values.type.name) cannot be a column: decode it (dictionary_decode) first")
        guard values.dictionary.isEmpty else { throw refusal }
        try refuseUnknown(values)
        switch values.type {
        case .bytes(isText: true, _) where !decoded, .views(isText: true) where !decoded:
            var labelled = column(Field(name, index, shape), .labels)
            labelled.reason = "\(labelled.field.typeDescription), labels from the dictionary"
            return labelled
        case .bytes(let isText, _), .views(let isText):
            guard shape.isEmpty else { throw refusal }
            return column(Field(name, kind: isText ? .string : .bytes), .values)
        case .numbers(let dtype): return column(Field(name, dtype, shape), .values)
        case .times(let type): return column(Field(name, type.dtype, shape), .values)
        case .bits: return column(Field(name, .bool, shape), .values)
        case .fixedBytes(let width): return column(Field(name, .uint8, shape + [width]), .values)
        default: throw refusal
        }
    }

    // MARK: Extension types

    /// Extension types whose storage is their value: the only ones, beside Hugging Face's arrays, that become columns.
    private static let knownExtensions: Set<String> = [
        "arrow.bool8", "arrow.fixed_shape_tensor", "arrow.json", "arrow.uuid",
    ]

    private static func isArray(_ type: String) -> Bool {
        type.hasPrefix("datasets.features.features.Array") && type.hasSuffix("DExtensionType")
    }

    /// Throws `unsupported` for an extension type that is not known by name: its storage may be anything, such as addresses in
    /// memory.
    func refuseUnknown(_ field: ArrowField) throws(ColonnadeError) {
        guard let type = field.extensionName, !Self.knownExtensions.contains(type), !Self.isArray(type) else { return }
        throw fault(
            "columns cannot be of the extension type \"\(type.prefix(60))\": nothing says whether its storage "
                + "(\(field.type.name)) holds its values. Cast it to a plain type first, or leave the column out")
    }

    // MARK: Shapes that are known

    /// Returns the shape that an extension type says its storage has.
    private func extensionShape(_ field: ArrowField) throws(ColonnadeError) -> [Int?]? {
        guard let type = field.extensionName else { return nil }
        let isArray = Self.isArray(type)
        guard isArray || type == "arrow.fixed_shape_tensor" else { return nil }
        let unreadable = fault("the extension type \(type) has metadata that cannot be read", .invalidSource)
        let metadata: JSONValue
        do throws(ColonnadeError) {
            metadata = try JSONValue(parsing: field.extensionMetadata)
        } catch {
            throw unreadable
        }
        if let permutation = metadata["permutation"]?.elements?.map(\.integer) {
            guard permutation == Array(permutation.indices) else {
                throw fault(
                    "its tensors are permuted (\(permutation.map { $0 ?? -1 })), and only those in order are read: store them "
                        + "in C order first")
            }
        }
        guard let dims = isArray ? metadata.elements?.first?.elements : metadata["shape"]?.elements else {
            throw unreadable
        }
        var shape: [Int?] = []
        for dim in dims {
            guard dim == .null && isArray || dim.integer ?? -1 >= 0 else { throw unreadable }
            shape.append(dim.integer)
        }
        return shape
    }

    private func shapeTensor(
        _ field: ArrowField, _ column: inout ArrowColumn, _ shape: [Int?]
    ) throws(ColonnadeError) {
        guard field.extensionName == "arrow.fixed_shape_tensor" else {
            guard column.field.shape.count == shape.count else {
                throw fault(
                    "its shape has \(shape.count) dimensions, and its lists \(column.field.shape.count)", .invalidSource
                )
            }
            return
        }
        let tensor = Field(name, column.field.dtype, shape)
        guard column.field.kind == .tensor, column.field.shape.count == 1, !column.field.isRagged,
            tensor.fixedElementCount == column.field.fixedElementCount
        else {
            throw fault(
                "tensors of shape \(shape.map { $0 ?? 0 }) do not fill \(column.field.typeDescription)", .invalidSource)
        }
        column.field.shape = shape
    }

    /// Gives the lists of a column the lengths that the caller asks for.
    func apply(_ shape: [Int?], to column: inout ArrowColumn) throws(ColonnadeError) {
        let old = column.field.shape
        let agrees = old.count == shape.count && zip(old, shape).allSatisfy { $0 == nil || $1 == nil || $0 == $1 }
        guard column.field.kind == .tensor, agrees, shape.allSatisfy({ $0 ?? 0 >= 0 }) else {
            let sizes = shape.map { $0.map(String.init) ?? "?" }.joined(separator: ", ")
            throw fault("\(column.field.typeDescription) cannot have the shape [\(sizes)]", .invalidArgument)
        }
        for (depth, level) in column.levels.enumerated() where depth < shape.count {
            if case .list(let isLarge, let length) = level {
                column.levels[depth] = .list(isLarge: isLarge, length: shape[depth] ?? length)
            }
        }
        column.field.shape = zip(old, shape).map { $1 ?? $0 }
    }

    // MARK: Fills

    /// Reads a fill as a value of the column, or that of its kind where it has none of its own. Class labels have theirs by name,
    /// once they are known.
    func addFill(_ text: String?, or kinds: KindFills, to column: inout ArrowColumn) throws(ColonnadeError) {
        if let text { return try setFill(text, of: &column) }
        let kind = KindFills.Kind(column.field)
        // 0 is a class, so a missing value becomes -1, which is none.
        guard
            let text = column.field.hasClasses || column.hasLabels
                ? kinds.texts[.int].map({ _ in "-1" }) : kinds.texts[kind]
        else { return }
        do throws(ColonnadeError) {
            try setFill(text, of: &column)
        } catch {
            column.missingRemedy =
                "the fill \"\(text)\" of \(kind.rawValue) columns is no value of \(column.field.typeDescription); give the column "
                + "a fill of its own, as in fill={\"\(name)\": \(column.fillExample)}"
        }
    }

    private func setFill(_ text: String, of column: inout ArrowColumn) throws(ColonnadeError) {
        if column.hasLabels {
            column.fill = Array(text.utf8)
            return
        }
        if case .time = column.field.meaning, text == "NaT" {
            var element = [UInt8](repeating: 0, count: column.field.dtype.size)
            element[element.count - 1] = 0x80
            column.fill = element
            return
        }
        let builder = try ColumnBuilder(column.field, missing: MissingTokens([]), fill: text, source: source)
        column.fill = builder.fillElement
    }
}
