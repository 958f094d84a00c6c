// SPDX-License-Identifier: Apache-2.0

internal import ColonnadeCore
internal import ColonnadeIngest

extension PlanText {
    /// A step of a plan as it stands in its text. Steps count from 0.
    struct Step {
        static let sources = ["open", "csv", "lines", "files_of_tar", "samples", "materialized", "iterable"]

        let number: Int
        let name: String
        let arguments: NameMap<JSONValue>
        /// The step that the operation is applied to; nil for a source.
        var on: Int?
        /// The steps whose pipelines are arguments.
        var others: [Int] = []

        init(number: Int, name: String, arguments: NameMap<JSONValue>) {
            self.number = number
            self.name = name
            self.arguments = arguments
        }

        /// The numbers of the steps that this one needs.
        var needs: [Int] { (on.map { [$0] } ?? []) + others }

        func fault(_ problem: String) -> ColonnadeError {
            fault(ColonnadeError(.invalidArgument, problem))
        }

        /// Returns an error that names this step.
        func fault(_ error: ColonnadeError) -> ColonnadeError {
            error.prefixed("step \(number) of the plan, \"\(name.prefix(40))\": ")
        }

        /// Reads the arguments of a source.
        func arguments(_ parameters: [ParameterDescription]) throws(ColonnadeError) -> Arguments {
            Arguments(name, try values(of: parameters))
        }

        /// Returns the values of the arguments, except for one that stands for something else.
        ///
        /// Throws `invalidArgument` for an argument that is none of the parameters, or of another kind.
        func values(
            of parameters: [ParameterDescription], without excepted: String? = nil
        ) throws(ColonnadeError) -> NameMap<Arguments.Value> {
            var values: NameMap<Arguments.Value> = [:]
            for (name, json) in arguments where name != excepted {
                guard let parameter = parameters.first(where: { $0.name.hasBytes(of: name) }) else {
                    let known = parameters.map(\.name).joined(separator: ", ")
                    throw ColonnadeError(.invalidArgument, "it has no argument \"\(name)\": it has \(known)")
                }
                guard let value = try PlanValue.read(json, parameter) else {
                    throw ColonnadeError(
                        .invalidArgument, "the argument \"\(name)\" must be of the kind \"\(parameter.kindName)\"")
                }
                values[name] = value
            }
            return values
        }
    }
}
