// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

extension Pipelined {
    /// Replaces the value of `key` by the result of `transform`, which receives each sample before `batched`, and each batch after it.
    ///
    ///     .map("image", to: .float32) { image in … }
    ///
    /// The tensor may be a view of the file. Holding it is cheap, and keeps the file mapped.
    ///
    /// - Parameters:
    ///   - key: the value that `transform` receives.
    ///   - dtype: the data type of the result, if it differs from that of the value.
    ///   - shape: the shape of the result, if it differs from that of the value; nil for a dimension that varies.
    ///   - outputKey: the key of the result, if the value itself must stay.
    ///   - transform: the function. Several threads may call it at once.
    /// - Throws: `unknownKey`, `invalidArgument`. While running, `userFunction` if `transform` throws, or returns another data type
    ///   or shape.
    public func map(
        _ key: String, to dtype: DType? = nil, shape: [Int?]? = nil, as outputKey: String? = nil,
        _ transform: @escaping @Sendable (Tensor) throws -> Tensor
    ) throws(ColonnadeError) -> Self {
        try adding(MapKey(key: key, outputKey: outputKey ?? key, dtype: dtype, shape: shape, function: transform))
    }

    /// Replaces each sample, or each batch after `batched`, by the result of `transform`.
    ///
    /// - Parameters:
    ///   - fields: the fields of the result; nil if they are those of the argument.
    ///   - transform: the function. Several threads may call it at once.
    /// - Throws: `invalidArgument` for fields with the same name. While running, `userFunction` if `transform` throws, or returns
    ///   other fields.
    public func map(
        giving fields: [Field]? = nil, _ transform: @escaping @Sendable (Sample) throws -> Sample
    ) throws(ColonnadeError) -> Self {
        let output = try Schema(fields ?? schema.fields)
        let changed = try adding(MapSample(input: schema, output: output, function: transform))
        return try changed.selecting(output.names)
    }
}

/// Applies a user's function to one key.
struct MapKey: Transform {
    let key: String
    let outputKey: String
    let dtype: DType?
    let shape: [Int?]?
    let function: @Sendable (Tensor) throws -> Tensor

    var keys: [String] { [key] }
    var label: String { "map(\(key))" }
    var runsUserCode: Bool { true }

    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field] {
        if let shape, shape.contains(where: { ($0 ?? 0) < 0 }) {
            throw ColonnadeError(.invalidArgument, "a shape has no negative dimension: \(shape)")
        }
        var field = fields[0]
        if dtype != nil || shape != nil { field = Field(key, dtype ?? field.dtype, shape ?? field.shape) }
        field.name = outputKey
        return [field]
    }

    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor] {
        [try UserCode.call(label, nil) { try function(values[0]) }]
    }
}
