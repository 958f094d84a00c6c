// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import ColonnadeCore

extension String {
    /// Reads a path from C, whose bytes need not be UTF-8.
    init(path: UnsafePointer<CChar>) {
        var count = 0
        while unsafe path[count] != 0 { count += 1 }
        self.init(fileName: unsafe Array(UnsafeRawBufferPointer(start: path, count: count)))
    }
}

/// Texts for C, as long as this lives.
@safe
final class CTexts: @unchecked Sendable {
    let pointers: UnsafeMutablePointer<UnsafePointer<CChar>?>
    let count: Int

    init(_ texts: [String]) {
        count = texts.count
        unsafe pointers = .allocate(capacity: max(texts.count, 1))
        for (index, text) in texts.enumerated() {
            unsafe (pointers + index).initialize(to: UnsafePointer(CTexts.copy(text)))
        }
    }

    deinit {
        for index in 0..<count { unsafe pointers[index]?.deallocate() }
        unsafe pointers.deallocate()
    }

    /// To be deallocated by whoever gets it.
    static func copy(_ text: String) -> UnsafeMutablePointer<CChar> {
        var text = text
        return text.withUTF8 { bytes in
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
            for index in bytes.indices { unsafe copy[index] = CChar(bitPattern: bytes[index]) }
            unsafe copy[bytes.count] = 0
            return unsafe copy
        }
    }
}

/// The fields of a schema for C, as long as this lives.
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

enum Shape {
    /// Puts as many as there is room for.
    static func put<Numbers>(_ shape: [Int], in numbers: inout Numbers) {
        unsafe withUnsafeMutableBytes(of: &numbers) { bytes in
            let places = unsafe bytes.bindMemory(to: Int64.self)
            for (index, size) in shape.prefix(places.count).enumerated() { unsafe places[index] = Int64(size) }
        }
    }

    /// Throws `invalidArgument` for a rank that cannot be.
    static func read(
        _ shape: UnsafePointer<Int64>?, _ rank: Int32
    ) throws(ColonnadeError) -> [Int] {
        guard 0...Int32(COLONNADE_MAX_RANK) ~= rank, unsafe rank == 0 || shape != nil else {
            throw ColonnadeError(.invalidArgument, "values have 0 to \(COLONNADE_MAX_RANK) dimensions, not \(rank)")
        }
        return (0..<Int(rank)).map { unsafe Int(shape![$0]) }
    }
}

extension DType {
    /// Throws `invalidArgument` for a number that is none.
    init(number: Int32) throws(ColonnadeError) {
        guard let byte = UInt8(exactly: number), let dtype = DType(rawValue: byte) else {
            throw ColonnadeError(.invalidArgument, "\(number) is not the number of a data type")
        }
        self = dtype
    }
}

extension Field {
    /// A field as C says it. Throws `invalidArgument` where that makes none.
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
            // Several in one value, as batches have them.
            if shape.count > 1 { self = reshaped(to: shape.map { $0 < 0 ? nil : $0 }) }
        default:
            throw ColonnadeError(.invalidArgument, "\"\(name)\" is of kind \(unsafe copy.kind), which there is not")
        }
    }
}

extension TimeType {
    /// Throws `invalidArgument` for a text that is none.
    init(word text: String) throws(ColonnadeError) {
        guard let type = TimeType(parsing: text) else {
            throw ColonnadeError(
                .invalidArgument,
                "\"\(text)\" is no type of time: there are date[d], time[us], timestamp[us], timestamp[us, UTC], "
                    + "duration[us], with the units s, ms, us, ns")
        }
        self = type
    }
}

extension Schema {
    init(_ fields: UnsafePointer<colonnade_field>?, count: Int) throws(ColonnadeError) {
        var list: [Field] = []
        for index in 0..<count { list.append(try unsafe Field(fields![index])) }
        try self.init(list)
    }
}
