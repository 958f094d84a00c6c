// SPDX-License-Identifier: Apache-2.0

internal import Colonnade
internal import ColonnadeCore
internal import ColonnadeIngest

/// Writes plans as text.
struct PlanWriter {
    static let version = 1

    /// Whether the text may refer to objects of the program.
    private let hasObjects: Bool
    /// The objects by their numbers in the text.
    private(set) var objects: [PlanObject] = []

    init(hasObjects: Bool) { self.hasObjects = hasObjects }

    /// Returns the text of a plan. Throws `invalidArgument` for a step that needs an object, unless the text may refer to objects.
    mutating func text(of plan: PlanStep) throws(ColonnadeError) -> [UInt8] {
        let steps = plan.steps()
        var numbers: [ObjectIdentifier: Int] = [:]
        for (number, step) in steps.enumerated() { numbers[ObjectIdentifier(step)] = number }
        var json = JSONWriter()
        try json.object { (json) throws(ColonnadeError) in
            json.member("version", Self.version)
            json.key("steps")
            try json.array { (json) throws(ColonnadeError) in
                for (number, step) in steps.enumerated() {
                    let on = step.before.map { numbers[ObjectIdentifier($0)]! }
                    try json.object { (json) throws(ColonnadeError) in
                        json.key(step.name)
                        try write(step, step.others.map { numbers[ObjectIdentifier($0)]! }, &json)
                        if let on, on != number - 1 { json.member("on", on) }
                    }
                }
            }
        }
        return json.text
    }

    /// Writes the arguments of a step.
    private mutating func write(
        _ step: PlanStep, _ others: [Int], _ json: inout JSONWriter
    ) throws(ColonnadeError) {
        switch step.call {
        case .source(let source): try write(source, &json)
        case .operation(let row, let values):
            try json.object { (json) throws(ColonnadeError) in
                for parameter in OperationTable.rows[row].parameters {
                    if parameter.isOfPipelines {
                        json.key(parameter.name)
                        json.array { json in for other in others { json.value(other) } }
                    } else if case .function(let function)? = values[parameter.name] {
                        json.key(parameter.name)
                        let remedy = "apply \"\(step.name)\" again to the pipeline of the steps before it"
                        try write(.function(function), "has a function", remedy, step.name, &json)
                    } else if let value = values[parameter.name] {
                        json.key(parameter.name)
                        PlanValue.write(value, parameter, &json)
                    }
                }
            }
        }
    }

    private mutating func write(_ source: PlanSource, _ json: inout JSONWriter) throws(ColonnadeError) {
        try json.object { (json) throws(ColonnadeError) in
            switch source.origin {
            case .file(let path, let verification, let identity, let version):
                json.member("path", PlanValue.text(path.fileNameBytes))
                json.member("verify", PlanReader.verifications.first { $0.value == verification }!.key)
                json.member("copy", source.isCopying)
                json.member("identity", PlanSource.text(identity))
                if let version { json.member("version", version) }
            case .csv(let input, let separator, let quote):
                write(input, &json)
                json.member("separator", separator)
                json.member("quote", quote)
            case .lines(let input, let key):
                write(input, &json)
                json.member("key", PlanValue.text(key))
            case .filesOfTar(let path, let isNested, let identity):
                json.member("path", PlanValue.text(path.fileNameBytes))
                json.member("nested", isNested)
                json.member("identity", PlanSource.text(identity))
            case .samples:
                let handle = PipelineHandle(source)
                json.key("object")
                let remedy = "write the samples to a file, and open it"
                try write(.samples(handle), "has samples that exist only in memory", remedy, source.origin.name, &json)
                json.key("fields")
                PlanValue.write(handle.schema, &json)
                json.key("metadata")
                json.array { json in for text in source.metadata.texts { json.value(PlanValue.text(text)) } }
                if case .buffer(let buffer) = source.contents, buffer.materializedOrders != 0 {
                    json.member("orders", PlanSource.text(buffer.materializedOrders))
                }
            case .iterable(let foreign):
                json.key("object")
                let remedy = "write its samples to a file, and open it"
                try write(.source(foreign), "is a source of the program", remedy, source.origin.name, &json)
            }
        }
    }

    private func write(_ input: TextInput, _ json: inout JSONWriter) {
        switch input {
        case .file(let path, _): json.member("path", PlanValue.text(path.fileNameBytes))
        case .bytes(let bytes, let name):
            json.member("bytes", PlanValue.text(bytes))
            json.member("name", PlanValue.text(name))
        }
    }

    /// Writes the number of an object, or throws if the text may have none.
    private mutating func write(
        _ object: PlanObject, _ problem: String, _ remedy: String, _ step: String, _ json: inout JSONWriter
    ) throws(ColonnadeError) {
        guard hasObjects else {
            throw ColonnadeError(
                .invalidArgument, "the step \"\(step)\" \(problem), and so the plan has no text form: \(remedy)")
        }
        json.value(objects.count)
        objects.append(object)
    }
}
