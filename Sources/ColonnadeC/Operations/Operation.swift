// SPDX-License-Identifier: Apache-2.0

internal import Colonnade
internal import ColonnadeCore

/// A row of the table of operations: the name that C and Python call, its arguments, and its effect on a buffer or a
/// stream.
///
///     Operation("prefix", .need("length", .integer), does: "the first samples",
///         buffers: { try $0.prefix($1) }, streams: { try $0.prefix($1) })
///
/// The closures receive the pipeline and then the value of each argument, in the order and with the types of the
/// parameters.
///
/// The generic functions are compiled once and not for each list of parameters, which would add 700 KB to the library: a
/// program applies few operations.
struct Operation: Sendable {
    typealias Apply<Input> = @Sendable (Input, inout Arguments) throws(ColonnadeError) -> any Pipelined

    let name: String
    let parameters: [ParameterDescription]
    let summary: String
    /// The function that applies the operation to a buffer; nil if buffers do not have the operation.
    let onBuffer: Apply<Buffer>?
    /// The function that applies the operation to a stream; nil if streams do not have the operation.
    let onStream: Apply<Colonnade.Stream>?

    /// Whether the result holds its samples in memory, and needs nothing of the pipeline that it was made of.
    private(set) var isMaterializing = false

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
    @inline(never)
    @_semantics("optimize.sil.specialize.generic.never")
    init<each Value: Sendable>(
        _ name: String, _ parameters: repeat Parameter<each Value>, does summary: String,
        buffers: @escaping @Sendable (Buffer, repeat each Value) throws -> any Pipelined
    ) {
        self.init(
            name, Operation.descriptions(repeat each parameters), summary,
            onBuffer: Operation.reading(repeat each parameters, apply: buffers), onStream: nil)
    }

    /// Declares an operation of streams.
    @inline(never)
    @_semantics("optimize.sil.specialize.generic.never")
    init<each Value: Sendable>(
        _ name: String, _ parameters: repeat Parameter<each Value>, does summary: String,
        streams: @escaping @Sendable (Colonnade.Stream, repeat each Value) throws -> any Pipelined
    ) {
        self.init(
            name, Operation.descriptions(repeat each parameters), summary, onBuffer: nil,
            onStream: Operation.reading(repeat each parameters, apply: streams))
    }

    /// Declares an operation with one implementation for buffers and one for streams.
    @inline(never)
    @_semantics("optimize.sil.specialize.generic.never")
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

    /// Declares an operation with one implementation for buffers and streams.
    @inline(never)
    @_semantics("optimize.sil.specialize.generic.never")
    init<each Value: Sendable>(
        _ name: String, _ parameters: repeat Parameter<each Value>, does summary: String,
        _ apply: @escaping @Sendable (any Pipelined, repeat each Value) throws -> any Pipelined
    ) {
        self.init(
            name, repeat each parameters, does: summary,
            buffers: { (buffer, values: repeat each Value) in try apply(buffer, repeat each values) },
            streams: { (stream, values: repeat each Value) in try apply(stream, repeat each values) })
    }

    /// Declares an operation on the value of one key. If the result goes to another key, `output`, the value of the key
    /// is kept.
    @inline(never)
    @_semantics("optimize.sil.specialize.generic.never")
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

    /// Returns the operation as one whose result holds its samples in memory.
    func materializing() -> Operation {
        var copy = self
        copy.isMaterializing = true
        return copy
    }

    @inline(never)
    @_semantics("optimize.sil.specialize.generic.never")
    private static func descriptions<each Value: Sendable>(
        _ parameters: repeat Parameter<each Value>
    ) -> [ParameterDescription] {
        var descriptions: [ParameterDescription] = []
        repeat descriptions.append((each parameters).description)
        return descriptions
    }

    /// Returns a function that takes the arguments, throws if some remain, and applies the operation.
    @inline(never)
    @_semantics("optimize.sil.specialize.generic.never")
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
                // A closure without a declared error type may throw any error. All functions that it calls throw
                // `ColonnadeError`.
                preconditionFailure("an operation threw \(error), which is no ColonnadeError")
            }
        }
    }
}
