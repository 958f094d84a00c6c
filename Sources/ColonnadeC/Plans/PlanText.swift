// SPDX-License-Identifier: Apache-2.0

internal import ColonnadeCore
internal import ColonnadeIngest

/// Reads the structure of a plan's text: its steps, and which steps they need.
enum PlanText {
    /// Returns the steps of a plan, each of which needs only steps before it.
    ///
    /// Throws `invalidArgument` for a text that is no plan, and `unsupported` for a plan of another version.
    static func steps(of text: [UInt8]) throws(ColonnadeError) -> [Step] {
        let json: JSONValue
        do throws(ColonnadeError) {
            json = try JSONValue(parsing: text)
        } catch let error {
            throw fault("it is no JSON (\(error.message))")
        }
        guard case .object(let members) = json, let version = members["version"] else {
            throw fault("it is no object with a version")
        }
        guard version.integer == PlanWriter.version else {
            let description: String
            switch version {
            case .number(let text), .string(let text): description = String(text.prefix(20))
            default: description = "that is no number"
            }
            throw ColonnadeError(
                .unsupported,
                "this plan has the version \(description), and this release reads version \(PlanWriter.version): install the "
                    + "release that wrote it, or write the plan again")
        }
        if let unknown = members.names.first(where: { $0 != "version" && $0 != "steps" }) {
            throw fault("it has the unknown key \"\(unknown)\"")
        }
        guard let elements = members["steps"]?.elements, !elements.isEmpty else {
            throw fault("it needs \"steps\", a list of at least one")
        }
        var steps: [Step] = []
        for (number, element) in elements.enumerated() { steps.append(try step(number, element)) }
        return steps
    }

    private static func fault(_ problem: String) -> ColonnadeError {
        ColonnadeError(.invalidArgument, "this is not the text of a plan: \(problem); write the plan again")
    }

    private static func step(_ number: Int, _ json: JSONValue) throws(ColonnadeError) -> Step {
        guard case .object(let members) = json else { throw fault("step \(number) is no object") }
        let names = members.names.filter { $0 != "on" }
        guard names.count == 1, let name = names.first, case .object(let arguments)? = members[name] else {
            throw fault("step \(number) must have the name of one operation, with an object of arguments")
        }
        let rows = OperationTable.rows.filter { $0.name == name }
        var step = Step(number: number, name: name, arguments: arguments)
        if rows.isEmpty, Step.sources.contains(name) {
            guard members["on"] == nil else {
                throw step.fault("a source is applied to no other step: leave out \"on\"")
            }
            return step
        }
        guard !rows.isEmpty else {
            throw step.fault("there is no operation of this name: a newer version may have written the plan")
        }
        guard number > 0 else { throw step.fault("a plan begins with a source: open, csv or lines") }
        step.on = try earlier(members["on"] ?? .number(String(number - 1)), step)
        let parameters = rows.flatMap(\.parameters)
        if let others = parameters.first(where: \.isOfPipelines), let list = arguments[others.name] {
            guard let elements = list.elements else { throw step.fault("\"\(others.name)\" must be a list of steps") }
            for element in elements { step.others.append(try earlier(element, step)) }
        }
        return step
    }

    /// Reads the number of an earlier step.
    private static func earlier(_ json: JSONValue, _ step: Step) throws(ColonnadeError) -> Int {
        guard let number = json.integer, 0..<step.number ~= number else {
            throw step.fault("it needs the number of an earlier step, 0 to \(step.number - 1)")
        }
        return number
    }
}
