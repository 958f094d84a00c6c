// SPDX-License-Identifier: Apache-2.0

internal import Colonnade
internal import ColonnadeCore
internal import ColonnadeIngest
internal import ColonnadeStore

/// Makes pipelines of the texts of plans. Any text gives a pipeline or an error.
struct PlanReader {
    /// Makes the pipeline of a step that needs an object of the program: a source, or an operation on `given`. The arguments are JSON.
    typealias Make = (
        _ object: Int, _ given: PipelineHandle?, _ operation: String, _ arguments: [UInt8]
    ) throws(ColonnadeError) -> PipelineHandle

    /// Nil if the plan must need no objects.
    let make: Make?

    /// Returns the pipeline of a plan.
    ///
    /// Throws `invalidArgument` for a text that is no plan, `unsupported` for a plan of another version, and the errors of
    /// opening the files and applying the operations.
    func pipeline(of text: [UInt8]) throws(ColonnadeError) -> PipelineHandle {
        let steps = try PlanText.steps(of: text)
        var lastUses = [Int?](repeating: nil, count: steps.count)
        for step in steps { for number in step.needs { lastUses[number] = step.number } }
        if let unused = lastUses.dropLast().firstIndex(of: nil) {
            throw steps[unused].fault("no later step uses it: leave it out")
        }
        var made: [PipelineHandle?] = []
        for step in steps {
            do throws(ColonnadeError) {
                if let on = step.on {
                    made.append(try apply(step, to: made[on]!, made))
                } else {
                    made.append(try source(step))
                }
            } catch let error {
                throw step.fault(error)
            }
            // A long chain needs only its last pipeline.
            for number in step.needs where lastUses[number] == step.number { made[number] = nil }
        }
        return made[steps.count - 1]!
    }

    private func apply(
        _ step: PlanText.Step, to given: PipelineHandle, _ made: [PipelineHandle?]
    ) throws(ColonnadeError) -> PipelineHandle {
        guard let row = OperationTable.index(of: step.name, for: given.contents) else {
            // Says that there is none.
            return try OperationTable.apply(Arguments(step.name, [:]), to: given)
        }
        let parameters = OperationTable.rows[row].parameters
        if let function = parameters.first(where: { $0.function != 0 }), let object = step.arguments[function.name] {
            let arguments = try step.values(of: parameters, without: function.name)
            return try make(step, object, given, PlanReader.text(of: arguments, parameters))
        }
        let others = parameters.first(where: \.isOfPipelines)
        var values = try step.values(of: parameters, without: others?.name)
        if let others, step.arguments[others.name] != nil {
            values[others.name] = .pipelines(step.others.map { made[$0]! })
        }
        return try OperationTable.apply(Arguments(step.name, values), to: given)
    }

    /// Asks the program for the pipeline of a step that needs an object of it.
    private func make(
        _ step: PlanText.Step, _ object: JSONValue?, _ given: PipelineHandle?, _ arguments: [UInt8]
    ) throws(ColonnadeError) -> PipelineHandle {
        guard let number = object?.integer, number >= 0 else {
            throw ColonnadeError(.invalidArgument, "it needs the number of an object of the program, counted from 0")
        }
        guard let make else {
            throw ColonnadeError(
                .invalidArgument,
                "it needs object \(number) of the program that wrote the plan, which no text holds: read it in that program"
            )
        }
        return try make(number, given, step.name, arguments)
    }

    private static func text(of values: NameMap<Arguments.Value>, _ parameters: [ParameterDescription]) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            for parameter in parameters {
                guard let value = values[parameter.name] else { continue }
                json.key(parameter.name)
                PlanValue.write(value, parameter, &json)
            }
        }
        return json.text
    }
}

// MARK: Sources

extension PlanReader {
    static let verifications: KeyValuePairs<String, StoredDataset.Verification> = [
        "off": .off, "touch": .onFirstTouch, "auto": .automatic, "full": .full,
    ]

    private func source(_ step: PlanText.Step) throws(ColonnadeError) -> PipelineHandle {
        switch step.name {
        case "open":
            let path = Parameter.need("path", ArgumentKind<String>.path)
            let verify = Parameter.option("verify", .choice(PlanReader.verifications), or: .automatic)
            let copy = Parameter.option("copy", .flag, or: false)
            let identity: Parameter<String?> = .option("identity", .text)
            let version: Parameter<Int?> = .option("version", .integer)
            var values = try step.arguments([
                path.description, verify.description, copy.description, identity.description, version.description,
            ])
            return PipelineHandle(
                try PlanSource(
                    path: values.take(path), values.take(verify), isCopying: values.take(copy),
                    version: values.take(version), identity: values.take(identity)))
        case "csv":
            let separator = Parameter.option("separator", .text, or: ",")
            let quote = Parameter.option("quote", .text, or: "\"")
            var values = try step.arguments(PlanReader.inputs + [separator.description, quote.description])
            return PipelineHandle(
                try PlanSource(
                    csv: PlanReader.input(&values), separator: values.take(separator), quote: values.take(quote)))
        case "lines":
            let key = Parameter.need("key", ArgumentKind<String>.text)
            var values = try step.arguments(PlanReader.inputs + [key.description])
            return PipelineHandle(try PlanSource(lines: PlanReader.input(&values), key: values.take(key)))
        case "files_of_tar":
            let path = Parameter.need("path", ArgumentKind<String>.path)
            let nested = Parameter.option("nested", .flag, or: false)
            let identity: Parameter<String?> = .option("identity", .text)
            var values = try step.arguments([path.description, nested.description, identity.description])
            return PipelineHandle(
                try PlanSource(
                    filesOfTar: values.take(path), isNested: values.take(nested), identity: values.take(identity)))
        case "iterable":
            return try make(step, step.arguments["object"], nil, PlanReader.noArguments)
        case "samples", "materialized": return try samples(step)
        default:
            throw ColonnadeError(
                .invalidArgument,
                "there is no source of this name: a plan begins with open, csv or lines, unless a newer version wrote it"
            )
        }
    }

    private static let noArguments = Array("{}".utf8)
    private static let path: Parameter<String?> = .option("path", .path)
    private static let bytes: Parameter<[UInt8]?> = .option("bytes", .bytes)
    private static let name = Parameter.option("name", .text, or: "the text")
    private static let inputs = [path.description, bytes.description, name.description]

    private static func input(_ values: inout Arguments) throws(ColonnadeError) -> TextInput {
        let (path, bytes, name) = (try values.take(path), try values.take(bytes), try values.take(name))
        switch (path, bytes) {
        case (let path?, nil): return .file(path)
        case (nil, let bytes?): return .bytes(bytes, name: name)
        default: throw ColonnadeError(.invalidArgument, "it needs either a \"path\" or \"bytes\"")
        }
    }

    /// Asks the program for samples in memory, and gives them the class names, units and metadata of the plan.
    private func samples(_ step: PlanText.Step) throws(ColonnadeError) -> PipelineHandle {
        let object = Parameter.need("object", ArgumentKind<Int>.integer)
        let fields = Parameter.need("fields", ArgumentKind<Schema>.fields)
        let metadata = Parameter.option("metadata", ArgumentKind<[String]>.texts, or: [])
        let orders: Parameter<String?> = .option("orders", .text)
        var values = try step.arguments([
            object.description, fields.description, metadata.description, orders.description,
        ])
        let schema = try values.take(fields)
        let handle = try make(step, step.arguments["object"], nil, PlanReader.noArguments)
        guard case .buffer(var buffer) = handle.contents else {
            throw ColonnadeError(.invalidArgument, "the object is a stream, and samples in memory are a buffer")
        }
        if buffer.count == 0, buffer.schema.isEmpty {
            buffer = Buffer(schema, 0, columns: schema.map { _ in .rows([]) })
        } else {
            buffer = try buffer.described(by: schema, orders: PlanSource.number(values.take(orders)))
        }
        guard buffer.schema.hasNames(of: schema), zip(buffer.schema, schema).allSatisfy({ $0.dtype == $1.dtype }) else {
            throw ColonnadeError(
                .invalidArgument, "the object has the keys \(buffer.schema.names), and the plan \(schema.names)")
        }
        var source = PlanSource(.samples(isGiven: step.name == "samples"), .buffer(buffer))
        source.metadata = CTexts(try values.take(metadata))
        source.isCopying = handle.isCopying
        return PipelineHandle(source)
    }
}
