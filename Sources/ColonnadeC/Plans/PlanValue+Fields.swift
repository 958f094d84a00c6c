// SPDX-License-Identifier: Apache-2.0

internal import ColonnadeCore
internal import ColonnadeIngest

extension PlanValue {
    private static let kinds: KeyValuePairs<String, Field.Kind> = [
        "tensor": .tensor, "bytes": .bytes, "string": .string,
    ]

    /// Writes the fields of a schema as a list of objects.
    static func write(_ schema: Schema, _ json: inout JSONWriter) {
        json.array { json in
            for field in schema { json.object { json in write(field, &json) } }
        }
    }

    private static func write(_ field: Field, _ json: inout JSONWriter) {
        json.member("name", text(field.name))
        json.member("kind", kinds.first { $0.value == field.kind }!.key)
        json.member("dtype", field.dtype.name)
        json.key("shape")
        json.array { json in
            for size in field.shape { if let size { json.value(size) } else { json.null() } }
        }
        switch field.meaning {
        case .classLabels(let names):
            json.key("labels")
            json.array { json in for name in names { json.value(text(name)) } }
        case .media(let type): json.member("media", text(type))
        case .time(let type): json.member("time", type.description)
        case nil: break
        }
    }

    /// Reads the fields of a schema; nil for another kind of value. Throws `invalidArgument` for fields that make no schema.
    static func schema(_ json: JSONValue) throws(ColonnadeError) -> Schema? {
        guard let elements = json.elements else { return nil }
        var fields: [Field] = []
        for element in elements {
            guard let field = try field(element) else { return nil }
            fields.append(field)
        }
        return try Schema(fields)
    }

    private static func field(_ json: JSONValue) throws(ColonnadeError) -> Field? {
        guard case .object(let members) = json, let name = json["name"]?.text, let kindName = json["kind"]?.text,
            let kind = kinds.first(where: { $0.key == kindName })?.value,
            let dtype = json["dtype"]?.text.flatMap({ DType(name: $0) }), let sizes = json["shape"]?.elements
        else { return nil }
        let known: Set<ExactName> = ["name", "kind", "dtype", "shape", "labels", "media", "time"]
        guard members.names.allSatisfy({ known.contains(ExactName($0)) }) else { return nil }
        var shape: [Int?] = []
        for size in sizes {
            guard size == .null || (size.integer ?? -1) >= 0 else { return nil }
            shape.append(size.integer)
        }
        var field = Field(string(name), dtype, shape)
        field.kind = kind
        if let labels = json["labels"] {
            guard let names = labels.elements?.map(\.text), names.allSatisfy({ $0 != nil }) else { return nil }
            field.meaning = .classLabels(names.map { string($0!) })
        } else if let media = json["media"] {
            guard let type = media.text else { return nil }
            field.meaning = .media(string(type))
        } else if let time = json["time"] {
            guard let type = time.text else { return nil }
            field.meaning = .time(try TimeType(word: type))
        }
        return field
    }
}
