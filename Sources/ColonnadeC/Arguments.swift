// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import ColonnadeCore

/// The arguments that C passes to an operation, by name. An argument is removed when it is read, so the remaining ones
/// are mistakes.
struct Arguments {
    enum Value: Sendable {
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
    private(set) var values: NameMap<Value>

    init(_ operation: String, _ values: NameMap<Value>) {
        self.operation = operation
        self.values = values
    }

    init(
        _ operation: String, _ arguments: UnsafePointer<colonnade_argument>?, _ count: Int
    ) throws(ColonnadeError) {
        self.operation = operation
        values = [:]
        var twice: String?
        for index in 0..<count {
            let argument = unsafe arguments![index]
            let name = unsafe String(cString: argument.name)
            if values[name] != nil { twice = name }
            values[name] = try unsafe Arguments.value(argument)
        }
        // The error is thrown after all arguments are read, so that functions among them are released with this value.
        if let twice {
            throw ColonnadeError(.invalidArgument, "\(operation) was given the argument \"\(twice)\" twice")
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

    /// Removes the argument for a parameter and returns its value, or the default of the parameter if the argument is
    /// not given.
    ///
    /// Throws `invalidArgument` for a value of another kind, or if a required argument is not given.
    mutating func take<Value>(_ parameter: Parameter<Value>) throws(ColonnadeError) -> Value {
        let name = parameter.description.name
        let kind = parameter.description.kindName
        guard let given = values[name] else {
            if let fallback = parameter.fallback { return fallback }
            throw ColonnadeError(
                .invalidArgument, "\(operation) needs the argument \"\(name)\", of the kind \"\(kind)\"")
        }
        values[name] = nil
        if let value = try parameter.read(given, name) { return value }
        throw ColonnadeError(
            .invalidArgument, "the argument \"\(name)\" of \(operation) must be of the kind \"\(kind)\"")
    }

    /// Throws `invalidArgument` if arguments remain that no parameter took. `names` are the names of the parameters.
    func checkAllTaken(by names: [String] = []) throws(ColonnadeError) {
        guard let name = values.names.first else { return }
        let known = names.isEmpty ? "" : ": it has " + names.joined(separator: ", ")
        throw ColonnadeError(.invalidArgument, "\(operation) has no argument \"\(name)\"\(known)")
    }
}
