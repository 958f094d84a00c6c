// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import ColonnadeCore
internal import ColonnadeIngest

extension PlanValue {
    /// Reads the value of an argument; nil for a value of another kind.
    ///
    /// Throws `invalidArgument` for a key that occurs twice, and for fields that make no schema.
    static func read(
        _ json: JSONValue, _ parameter: ParameterDescription
    ) throws(ColonnadeError) -> Arguments.Value? {
        switch Int(parameter.kind) {
        case COLONNADE_INTEGER: integer(json, parameter).map { .integers([$0]) }
        case COLONNADE_INTEGERS: list(json) { integer($0, parameter) }.map { .integers($0) }
        case COLONNADE_NUMBER: numbers([json])
        case COLONNADE_NUMBERS: json.elements.flatMap(numbers)
        case COLONNADE_TEXT: json.text.map { .texts([$0.fileNameBytes]) }
        case COLONNADE_TEXTS: list(json) { $0.text?.fileNameBytes }.map { .texts($0) }
        case COLONNADE_KEYED_NUMBERS: try map(json, number).map { .keyed($0) }
        case COLONNADE_KEYED_TEXTS: try map(json) { $0.text.map(string) }.map { .keyedTexts($0) }
        case COLONNADE_FIELDS: try schema(json).map { .fields($0) }
        default: nil
        }
    }

    /// Returns the text that stands for bytes, as `text` writes it.
    static func string(_ text: String) -> String { String(decoding: text.fileNameBytes, as: UTF8.self) }

    private static func list<Element>(_ json: JSONValue, _ read: (JSONValue) -> Element?) -> [Element]? {
        var elements: [Element] = []
        for value in json.elements ?? [] {
            guard let element = read(value) else { return nil }
            elements.append(element)
        }
        return json.elements == nil ? nil : elements
    }

    private static func map<Value>(
        _ json: JSONValue, _ read: (JSONValue) -> Value?
    ) throws(ColonnadeError) -> NameMap<Value>? {
        guard case .object(let members) = json else { return nil }
        var values: NameMap<Value> = [:]
        for (key, member) in members {
            guard let value = read(member) else { return nil }
            // Two texts may stand for the same bytes.
            guard values.updateValue(value, forName: string(key)) == nil else {
                throw ColonnadeError(.invalidArgument, "the key \"\(string(key))\" occurs twice: leave one out")
            }
        }
        return values
    }

    private static func integer(_ json: JSONValue, _ parameter: ParameterDescription) -> Int? {
        switch json {
        case .bool(let flag) where parameter.kindName == ArgumentKind<Bool>.flag.name: flag ? 1 : 0
        case .number(let text) where parameter.kindName == ArgumentKind<UInt64>.seed.name:
            Int(text) ?? UInt64(text).map { Int(Int64(bitPattern: $0)) }
        case .number(let text): Int(text)
        default: nil
        }
    }

    /// Reads numbers: as integers where all are written without a point and an exponent, as C may give them.
    private static func numbers(_ values: [JSONValue]) -> Arguments.Value? {
        let integers = values.compactMap(\.integer)
        if integers.count == values.count { return .integers(integers) }
        let numbers = values.compactMap(number)
        return numbers.count == values.count ? .numbers(numbers) : nil
    }

    /// Reads a number that is a `Double` exactly, or is rounded to one as its text says; nil beyond all doubles.
    private static func number(_ json: JSONValue) -> Double? {
        if let integer = json.integer { return Double(exactly: integer) }
        switch json {
        case .number(let text):
            let number = Double(text)
            let isNamed = text.utf8.contains(UInt8(ascii: "I"))
            return number.flatMap { $0.isInfinite && !isNamed ? nil : $0 }
        case .string("NaN"): return .nan
        case .string("Infinity"): return .infinity
        case .string("-Infinity"): return -.infinity
        case .string(let text):
            guard text.hasPrefix("NaN("), text.hasSuffix(")"),
                let bits = UInt64(text.dropFirst(4).dropLast(), radix: 16), Double(bitPattern: bits).isNaN
            else { return nil }
            return Double(bitPattern: bits)
        default: return nil
        }
    }
}
