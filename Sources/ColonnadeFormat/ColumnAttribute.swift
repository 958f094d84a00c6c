// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A property of a column that its data type does not express, such as class names (section 5.1, Attributes).
struct ColumnAttribute {
    private static let classLabels: UInt16 = 1
    private static let mediaType: UInt16 = 2
    private static let time: UInt16 = 3
    private static let entryPoints: UInt16 = 5

    private var number: UInt16
    private var payload: [UInt8]

    static func of(_ column: ColumnDescriptor) -> [ColumnAttribute] {
        of(column.field.meaning)
            + (column.entryPoints.map { [ColumnAttribute(number: entryPoints, payload: Array($0.utf8))] } ?? [])
    }

    private static func of(_ meaning: Field.Meaning?) -> [ColumnAttribute] {
        switch meaning {
        case nil: return []
        case .media(let type): return [ColumnAttribute(number: mediaType, payload: Array(type.utf8))]
        case .time(let type): return [ColumnAttribute(number: time, payload: Array(type.description.utf8))]
        case .classLabels(let names):
            var writer = ByteWriter()
            writer.integer(UInt32(names.count))
            for name in names { writer.text32(name) }
            return [ColumnAttribute(number: classLabels, payload: writer.bytes)]
        }
    }

    func encode(_ writer: inout ByteWriter) {
        writer.integer(number)
        writer.integer(UInt32(payload.count))
        writer.append(payload)
    }

    /// Reads all attributes of a column (rule R17).
    static func read(_ reader: inout ByteReader, of column: inout ColumnDescriptor) throws(ColonnadeError) {
        let field = column.field
        var meaning: Field.Meaning?
        var seen: Set<UInt16> = []
        for _ in 0..<(try reader.integer(UInt16.self, "attribute count")) {
            let start = reader.offset
            let number = try reader.integer(UInt16.self, "attribute number")
            let length = Int(try reader.integer(UInt32.self, "attribute length"))
            let payload = Array(try reader.slice(length, "an attribute"))
            guard seen.insert(number).inserted else {
                throw .broken(17, "attribute \(number) of column \"\(field.name)\" occurs twice", at: start)
            }
            switch number {
            case classLabels:
                guard let names = names(payload), field.kind == .tensor, field.dtype != .bool,
                    !field.dtype.isFloatingPoint, meaning == nil
                else { throw .broken(17, "column \"\(field.name)\" cannot have these class labels", at: start) }
                meaning = .classLabels(names)
            case mediaType:
                guard field.kind == .bytes, !payload.isEmpty, payload.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
                    throw .broken(17, "column \"\(field.name)\" cannot have this media type", at: start)
                }
                meaning = .media(String(decoding: payload, as: UTF8.self))
            case time:
                guard field.kind == .tensor, TimeType.canBe(field.dtype), meaning == nil,
                    let text = String(validating: payload, as: UTF8.self), let type = TimeType(parsing: text)
                else { throw .broken(17, "column \"\(field.name)\" cannot have this type of time", at: start) }
                meaning = .time(type)
            case entryPoints:
                guard field.kind == .bytes, !payload.isEmpty, !payload.contains(0),
                    let name = String(validating: payload, as: UTF8.self)
                else { throw .broken(17, "column \"\(field.name)\" cannot have these entry points", at: start) }
                column.entryPoints = name
            case ForeverConstants.requiredAttribute...:
                throw .unknown(17, "column \"\(field.name)\" has the unknown attribute \(number)", at: start)
            default: column.unknownAttributes.append(number)
            }
        }
        column.field.meaning = meaning
    }

    private static func names(_ payload: [UInt8]) -> [String]? {
        var reader = ByteReader(payload, at: 0)
        guard let count = try? reader.integer(UInt32.self, "count"), Int(count) <= reader.remaining / 4 else {
            return nil
        }
        var names: [String] = []
        for _ in 0..<count {
            guard let length = try? reader.integer(UInt32.self, "length"),
                let name = try? reader.text(Int(length), "name")
            else { return nil }
            names.append(name)
        }
        return reader.remaining == 0 ? names : nil
    }
}
