// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Applies a user's function to all keys of a sample.
struct MapSample: Transform {
    let input: Schema
    let output: Schema
    let function: @Sendable (Sample) throws -> Sample

    var keys: [String] { input.names }
    var label: String { "map(sample)" }
    var runsUserCode: Bool { true }

    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field] { output.fields }

    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor] {
        let sample = Sample(schema: input, tensors: values)
        let result = try UserCode.call(label, nil) { try function(sample) }
        guard result.schema.hasNames(of: output) || Set(result.keys.exactNames) == Set(output.names.exactNames)
        else {
            throw ColonnadeError(
                .userFunction,
                "\(label) gave the keys \(result.keys), and \(output.names) were promised: say what it gives with `giving`"
            )
        }
        return output.names.map { result[$0] }
    }
}
