// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import ColonnadeCore

/// The fields of a schema in the form of the C interface, valid as long as this object exists.
@safe
final class CFields: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<colonnade_field>
    let count: Int
    private let names: CTexts
    private let labels: [CTexts]

    init(_ schema: Schema) {
        count = schema.count
        names = CTexts(schema.names)
        unsafe pointer = .allocate(capacity: max(schema.count, 1))
        var kept: [CTexts] = []
        for (index, field) in schema.enumerated() {
            var copy = unsafe colonnade_field()
            unsafe copy.name = unsafe names.pointers[index]
            unsafe copy.kind = Int32(field.kind.rawValue)
            unsafe copy.dtype = Int32(field.dtype.rawValue)
            unsafe copy.rank = Int32(min(field.shape.count, Int(COLONNADE_MAX_RANK)))
            unsafe Shape.put(field.shape.map { $0 ?? -1 }, in: &copy.shape)
            switch field.meaning {
            case .classLabels(let names):
                let texts = CTexts(names)
                kept.append(texts)
                unsafe copy.labels = unsafe UnsafePointer(texts.pointers)
                unsafe copy.label_count = names.count
            case .media(let type):
                let texts = CTexts([type])
                kept.append(texts)
                unsafe copy.media_type = unsafe texts.pointers[0]
            case .time(let type):
                let texts = CTexts([type.description])
                kept.append(texts)
                unsafe copy.time = unsafe texts.pointers[0]
            case nil: break
            }
            unsafe (pointer + index).initialize(to: copy)
        }
        labels = kept
    }

    deinit { unsafe pointer.deallocate() }
}

extension Field {
    /// Makes a field of a C field. Throws `invalidArgument` if the C field is not valid.
    init(_ field: colonnade_field) throws(ColonnadeError) {
        var copy = unsafe field
        let name = unsafe copy.name.map { unsafe String(cString: $0) } ?? ""
        let rank = unsafe copy.rank
        let shape = try unsafe withUnsafeBytes(of: &copy.shape) { (bytes) throws(ColonnadeError) in
            try unsafe Shape.read(bytes.bindMemory(to: Int64.self).baseAddress, rank)
        }
        var meaning: Meaning?
        if let labels = unsafe copy.labels {
            meaning = .classLabels(
                unsafe (0..<copy.label_count).map { unsafe labels[$0].map { unsafe String(cString: $0) } ?? "" })
        } else if let type = unsafe copy.media_type {
            meaning = unsafe .media(String(cString: type))
        } else if let text = unsafe copy.time {
            meaning = .time(try TimeType(word: unsafe String(cString: text)))
        }
        switch unsafe copy.kind {
        case Int32(COLONNADE_KIND_TENSOR):
            self.init(name, try DType(number: unsafe copy.dtype), shape.map { $0 < 0 ? nil : $0 }, meaning: meaning)
        case Int32(COLONNADE_KIND_BYTES), Int32(COLONNADE_KIND_STRING):
            self.init(
                name, kind: unsafe copy.kind == Int32(COLONNADE_KIND_BYTES) ? .bytes : .string, meaning: meaning)
            // A value with several texts, as batches have them.
            if shape.count > 1 { self = reshaped(to: shape.map { $0 < 0 ? nil : $0 }) }
        default:
            throw ColonnadeError(.invalidArgument, "\"\(name)\" is of kind \(unsafe copy.kind), which there is not")
        }
    }
}

extension Schema {
    init(_ fields: UnsafePointer<colonnade_field>?, count: Int) throws(ColonnadeError) {
        var list: [Field] = []
        for index in 0..<count { list.append(try unsafe Field(fields![index])) }
        try self.init(list)
    }
}
