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
        Topic(name: "Shapes", rows: Operation.shapes),
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

    /// Applies the operation that the arguments name.
    ///
    /// Throws `invalidArgument` for an unknown name or for arguments that do not match the operation, and the errors of
    /// the operation.
    static func apply(
        _ arguments: inout Arguments, to contents: PipelineHandle.Contents
    ) throws(ColonnadeError) -> PipelineHandle.Contents {
        let row = index(of: arguments.operation, for: contents).map { rows[$0] }
        let result: (any Pipelined)?
        let kind: String
        switch contents {
        case .buffer(let buffer): (result, kind) = (try row?.onBuffer?(buffer, &arguments), "buffers")
        case .stream(let stream): (result, kind) = (try row?.onStream?(stream, &arguments), "streams")
        }
        switch result {
        case let buffer as Buffer: return .buffer(buffer)
        case let stream as Colonnade.Stream: return .stream(stream)
        default:
            throw ColonnadeError(.invalidArgument, "there is no operation \"\(arguments.operation)\" on \(kind)")
        }
    }
}
