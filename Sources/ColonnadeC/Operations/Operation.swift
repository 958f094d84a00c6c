// SPDX-License-Identifier: Apache-2.0

internal import Colonnade
internal import ColonnadeCore

/// A row of the table of operations: the name that C and Python call, its arguments, and what it does to a buffer or a stream.
///
///     Operation("prefix", .need("length", .integer), does: "the first samples",
///         buffers: { try $0.prefix($1) }, streams: { try $0.prefix($1) })
///
/// The closures get the pipeline, then the value of each argument in the order and of the type that the row declares.
struct Operation: Sendable {
    typealias Apply<Input> = @Sendable (Input, inout Arguments) throws(ColonnadeError) -> any Pipelined

    let name: String
    let parameters: [ParameterDescription]
    let summary: String
    /// What the operation does to a buffer; nil if it is not one of buffers.
    let onBuffer: Apply<Buffer>?
    /// What the operation does to a stream; nil if it is not one of streams.
    let onStream: Apply<Colonnade.Stream>?

    private init(
        _ name: String, _ parameters: [ParameterDescription], _ summary: String, onBuffer: Apply<Buffer>?,
        onStream: Apply<Colonnade.Stream>?
    ) {
        self.name = name
        self.parameters = parameters
        self.summary = summary
        self.onBuffer = onBuffer
        self.onStream = onStream
    }

    /// Declares an operation of buffers.
    init<each Value: Sendable>(
        _ name: String, _ parameters: repeat Parameter<each Value>, does summary: String,
        buffers: @escaping @Sendable (Buffer, repeat each Value) throws -> any Pipelined
    ) {
        self.init(
            name, Operation.descriptions(repeat each parameters), summary,
            onBuffer: Operation.reading(repeat each parameters, apply: buffers), onStream: nil)
    }

    /// Declares an operation of streams.
    init<each Value: Sendable>(
        _ name: String, _ parameters: repeat Parameter<each Value>, does summary: String,
        streams: @escaping @Sendable (Colonnade.Stream, repeat each Value) throws -> any Pipelined
    ) {
        self.init(
            name, Operation.descriptions(repeat each parameters), summary, onBuffer: nil,
            onStream: Operation.reading(repeat each parameters, apply: streams))
    }

    /// Declares an operation that buffers and streams do each in their own way.
    init<each Value: Sendable>(
        _ name: String, _ parameters: repeat Parameter<each Value>, does summary: String,
        buffers: @escaping @Sendable (Buffer, repeat each Value) throws -> any Pipelined,
        streams: @escaping @Sendable (Colonnade.Stream, repeat each Value) throws -> any Pipelined
    ) {
        self.init(
            name, Operation.descriptions(repeat each parameters), summary,
            onBuffer: Operation.reading(repeat each parameters, apply: buffers),
            onStream: Operation.reading(repeat each parameters, apply: streams))
    }

    /// Declares an operation that buffers and streams have alike.
    init<each Value: Sendable>(
        _ name: String, _ parameters: repeat Parameter<each Value>, does summary: String,
        _ apply: @escaping @Sendable (any Pipelined, repeat each Value) throws -> any Pipelined
    ) {
        self.init(
            name, repeat each parameters, does: summary,
            buffers: { (buffer, values: repeat each Value) in try apply(buffer, repeat each values) },
            streams: { (stream, values: repeat each Value) in try apply(stream, repeat each values) })
    }

    /// Declares an operation on the value of one key, which stays as it is where the result goes to the key `output`.
    static func onKey<each Value: Sendable>(
        _ name: String, _ parameters: repeat Parameter<each Value>, does summary: String,
        _ apply: @escaping @Sendable (any Pipelined, String, repeat each Value) throws -> any Pipelined
    ) -> Operation {
        Operation(
            name, .need("key", .text), .option("output", .text), repeat each parameters, does: summary
        ) { (pipelined: any Pipelined, key: String, output: String?, values: repeat each Value) in
            let target = output ?? key
            let copied = target == key ? pipelined : try pipelined.copying(key, to: target)
            return try apply(copied, target, repeat each values)
        }
    }

    private static func descriptions<each Value: Sendable>(
        _ parameters: repeat Parameter<each Value>
    ) -> [ParameterDescription] {
        var descriptions: [ParameterDescription] = []
        repeat descriptions.append((each parameters).description)
        return descriptions
    }

    /// Returns the function that takes the arguments, refuses those that are left, and applies the operation.
    private static func reading<Input, each Value: Sendable>(
        _ parameters: repeat Parameter<each Value>,
        apply: @escaping @Sendable (Input, repeat each Value) throws -> any Pipelined
    ) -> Apply<Input> {
        { (input, arguments) throws(ColonnadeError) in
            let values = (repeat try arguments.take(each parameters))
            try arguments.checkAllTaken(by: descriptions(repeat each parameters).map(\.name))
            do {
                return try apply(input, repeat each values)
            } catch let error as ColonnadeError {
                throw error
            } catch {
                // A closure without types says only that it throws. All that it calls throws this one error.
                preconditionFailure("an operation threw \(error), which is no ColonnadeError")
            }
        }
    }
}
