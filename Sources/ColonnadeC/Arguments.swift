// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import Colonnade
internal import ColonnadeCore

/// The arguments of one operation, by name. Each that is read is crossed off: what is left then was a mistake.
struct Arguments {
    enum Value {
        case integers([Int])
        case numbers([Double])
        case texts([[UInt8]])
        case pipelines([PipelineHandle])
        case keyed(NameMap<Double>)
        case keyedTexts(NameMap<String>)
        case function(ForeignFunction)
        case fields(Schema)
    }

    let operation: String
    private var values: NameMap<Value>

    init(
        _ operation: String, _ arguments: UnsafePointer<colonnade_argument>?, _ count: Int
    ) throws(ColonnadeError) {
        self.operation = operation
        values = [:]
        for index in 0..<count {
            let argument = unsafe arguments![index]
            values[unsafe String(cString: argument.name)] = try unsafe Arguments.value(argument)
        }
    }

    private static func value(_ argument: colonnade_argument) throws(ColonnadeError) -> Value {
        let count = unsafe argument.count
        func texts() -> [[UInt8]] {
            (0..<count).map { index in
                let text = unsafe argument.texts![index]
                return unsafe Array(UnsafeRawBufferPointer(start: text.bytes, count: text.size))
            }
        }
        switch unsafe Int(argument.kind) {
        case COLONNADE_INTEGER: return unsafe .integers([Int(argument.integers![0])])
        case COLONNADE_INTEGERS: return .integers((0..<count).map { unsafe Int(argument.integers![$0]) })
        case COLONNADE_NUMBER: return unsafe .numbers([argument.numbers![0]])
        case COLONNADE_NUMBERS: return .numbers((0..<count).map { unsafe argument.numbers![$0] })
        case COLONNADE_TEXT, COLONNADE_TEXTS: return .texts(texts())
        case COLONNADE_PIPELINES:
            return .pipelines((0..<count).map { unsafe Handle.pipeline(argument.pipelines![$0]!) })
        case COLONNADE_KEYED_NUMBERS:
            let keys = texts().map { String(decoding: $0, as: UTF8.self) }
            return .keyed(NameMap((0..<count).map { unsafe (keys[$0], argument.numbers![$0]) }))
        case COLONNADE_KEYED_TEXTS:
            let texts = texts().map { String(decoding: $0, as: UTF8.self) }
            let pairs = stride(from: 0, to: texts.count - 1, by: 2).map { (texts[$0], texts[$0 + 1]) }
            return .keyedTexts(NameMap(pairs))
        case COLONNADE_FUNCTION: return unsafe .function(ForeignFunction(argument.function!.pointee))
        case COLONNADE_FIELDS: return .fields(try unsafe Schema(argument.fields, count: count))
        default: throw ColonnadeError(.invalidArgument, "\(unsafe argument.kind) is not a kind of argument")
        }
    }

    /// Throws `invalidArgument` if there are arguments that nobody read.
    func checkAllRead() throws(ColonnadeError) {
        guard let name = values.names.first else { return }
        throw ColonnadeError(.invalidArgument, "\(operation) has no argument \"\(name)\", or not of that kind")
    }

    private func missing(_ name: String, _ kind: String) -> ColonnadeError {
        ColonnadeError(.invalidArgument, "\(operation) needs an argument \"\(name)\", which is \(kind)")
    }

    // MARK: Reading them

    mutating func integers(_ name: String) -> [Int]? {
        guard case .integers(let found) = values[name] else { return nil }
        values[name] = nil
        return found
    }

    mutating func numbers(_ name: String) throws(ColonnadeError) -> [Double]? {
        switch values[name] {
        case .numbers(let found):
            values[name] = nil
            return found
        case .integers(let found):
            values[name] = nil
            return try found.map { (integer) throws(ColonnadeError) in
                guard let number = Double(exactly: integer) else {
                    throw ColonnadeError(
                        .invalidArgument,
                        "\(name) is \(integer), and whole numbers beyond 2⁵³ lose digits here: give a float")
                }
                return number
            }
        default: return nil
        }
    }

    mutating func bytes(_ name: String) -> [[UInt8]]? {
        // An empty list is of any kind.
        if case .integers([]) = values[name] { values[name] = .texts([]) }
        guard case .texts(let found) = values[name] else { return nil }
        values[name] = nil
        return found
    }

    mutating func integer(_ name: String) -> Int? { integers(name)?.first }
    mutating func number(_ name: String) throws(ColonnadeError) -> Double? { try numbers(name)?.first }
    mutating func texts(_ name: String) -> [String]? { bytes(name)?.map { String(decoding: $0, as: UTF8.self) } }
    mutating func text(_ name: String) -> String? { texts(name)?.first }
    /// Reads a path, whose bytes need not be UTF-8.
    mutating func fileName(_ name: String) -> String? { fileNames(name)?.first }
    mutating func fileNames(_ name: String) -> [String]? { bytes(name)?.map { String(fileName: $0) } }
    mutating func isSet(_ name: String) -> Bool { integer(name) ?? 0 != 0 }

    mutating func keyed(_ name: String) -> NameMap<Double> {
        guard case .keyed(let found) = values[name] else { return [:] }
        values[name] = nil
        return found
    }

    mutating func keyedTexts(_ name: String) -> NameMap<String> {
        // An empty dictionary is of any kind.
        if case .keyed(let found) = values[name], found.isEmpty { values[name] = nil }
        guard case .keyedTexts(let found) = values[name] else { return [:] }
        values[name] = nil
        return found
    }

    mutating func fields(_ name: String) throws(ColonnadeError) -> Schema {
        guard case .fields(let found) = values[name] else { throw missing(name, "a list of fields") }
        values[name] = nil
        return found
    }

    mutating func function(_ name: String = "function") throws(ColonnadeError) -> ForeignFunction {
        guard let function = optionalFunction(name) else { throw missing(name, "a function") }
        return function
    }

    mutating func optionalFunction(_ name: String = "function") -> ForeignFunction? {
        guard case .function(let found) = values[name] else { return nil }
        values[name] = nil
        return found
    }

    mutating func pipelines(_ name: String) throws(ColonnadeError) -> [PipelineHandle] {
        guard case .pipelines(let found) = values[name] else { throw missing(name, "a list of pipelines") }
        values[name] = nil
        return found
    }

    mutating func need(integers name: String) throws(ColonnadeError) -> [Int] {
        guard let found = integers(name) else { throw missing(name, "a list of integers") }
        return found
    }

    mutating func need(integer name: String) throws(ColonnadeError) -> Int {
        guard let found = integers(name)?.first else { throw missing(name, "an integer") }
        return found
    }

    mutating func need(number name: String) throws(ColonnadeError) -> Double {
        guard let found = try number(name) else { throw missing(name, "a number") }
        return found
    }

    mutating func need(text name: String) throws(ColonnadeError) -> String {
        guard let found = text(name) else { throw missing(name, "a text") }
        return found
    }

    mutating func need(bytes name: String) throws(ColonnadeError) -> [UInt8] {
        guard let found = bytes(name)?.first else { throw missing(name, "bytes") }
        return found
    }

    mutating func need(texts name: String) throws(ColonnadeError) -> [String] {
        guard let found = texts(name) else { throw missing(name, "a list of texts") }
        return found
    }

    mutating func need(fileNames name: String) throws(ColonnadeError) -> [String] {
        guard let found = fileNames(name) else { throw missing(name, "a list of paths") }
        return found
    }

    /// The name of a data type, where there is one.
    mutating func dtype(_ name: String = "dtype") throws(ColonnadeError) -> DType? {
        guard let text = text(name) else { return nil }
        guard let dtype = DType(name: text) else {
            throw ColonnadeError(
                .invalidArgument,
                "\"\(text)\" is no data type; there are \(DType.allCases.map(\.name).joined(separator: ", "))")
        }
        return dtype
    }

    /// One of a few words.
    mutating func choice<Choice>(
        _ name: String, _ choices: KeyValuePairs<String, Choice>
    ) throws(ColonnadeError) -> Choice? {
        guard let text = text(name) else { return nil }
        if let found = choices.first(where: { $0.key == text }) { return found.value }
        let words = choices.map { "\"\($0.key)\"" }.joined(separator: ", ")
        throw ColonnadeError(.invalidArgument, "\(name) is one of \(words), not \"\(text)\"")
    }
}
