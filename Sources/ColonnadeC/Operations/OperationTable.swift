// SPDX-License-Identifier: Apache-2.0

internal import Colonnade
internal import ColonnadeCore

/// The table of the operations that C and Python call by name.
enum OperationTable {
    /// The rows that documentation shows under one heading.
    struct Topic: Sendable {
        let name: String
        let rows: [Operation]
    }

    static let topics = [
        Topic(name: "Values", rows: Operation.values),
        Topic(name: "Tokens", rows: Operation.tokens),
        Topic(name: "Files", rows: Operation.files),
        Topic(name: "Audio", rows: Operation.audio),
        Topic(name: "Shapes", rows: Operation.shapes),
        Topic(name: "Pictures", rows: Operation.pictureFiles + Operation.pictures),
        Topic(name: "Order", rows: Operation.order),
        Topic(name: "Several buffers or streams", rows: Operation.several),
        Topic(name: "Batches, and samples out of several", rows: Operation.groups),
    ]

    static let rows = topics.flatMap(\.rows)

    /// Returns the index of the row with a name that applies to a buffer or stream, or nil if there is none.
    static func index(of name: String, for contents: PipelineHandle.Contents) -> Int? {
        rows.firstIndex { row in
            guard row.name == name else { return false }
            switch contents {
            case .buffer: return row.onBuffer != nil
            case .stream: return row.onStream != nil
            }
        }
    }

    /// Applies the operation that the arguments name, and adds it to the plan.
    ///
    /// Throws `invalidArgument` for an unknown name or for arguments that do not match the operation, and the errors of
    /// the operation.
    static func apply(_ arguments: Arguments, to given: PipelineHandle) throws(ColonnadeError) -> PipelineHandle {
        guard let index = index(of: arguments.operation, for: given.contents) else {
            let kind = if case .buffer = given.contents { "buffers" } else { "streams" }
            throw ColonnadeError(.invalidArgument, "there is no operation \"\(arguments.operation)\" on \(kind)")
        }
        let row = rows[index]
        var values = arguments
        let result: (any Pipelined)?
        switch given.contents {
        case .buffer(let buffer): result = try row.onBuffer?(buffer, &values)
        case .stream(let stream): result = try row.onStream?(stream, &values)
        }
        let contents: PipelineHandle.Contents
        switch result {
        case let buffer as Buffer: contents = .buffer(buffer)
        case let stream as Colonnade.Stream: contents = .stream(stream)
        default: preconditionFailure("\(row.name) gave neither a buffer nor a stream")
        }
        guard row.isMaterializing else {
            return PipelineHandle(contents, PlanStep(row: index, arguments, after: given.plan), madeOf: given)
        }
        var source = PlanSource(.samples(isGiven: false), contents)
        (source.metadata, source.isCopying) = (given.metadata, given.isCopying)
        return PipelineHandle(source)
    }
}
