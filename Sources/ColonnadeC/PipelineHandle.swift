// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import Colonnade
internal import ColonnadeCore

/// The object of a `colonnade_pipeline`.
final class PipelineHandle: Sendable {
    enum Contents: Sendable {
        case buffer(Buffer)
        case stream(Colonnade.Stream)
    }

    let contents: Contents
    let fields: CFields
    let metadata: CTexts
    let isBatched: Bool
    /// Whether C receives copies of batches that would be views of a file.
    let isCopying: Bool

    /// Makes the handle of a pipeline that begins with a source.
    convenience init(_ contents: Contents, metadata: [(key: String, value: String)] = [], isCopying: Bool = false) {
        self.init(contents, CTexts(metadata.flatMap { [$0.key, $0.value] }), isCopying: isCopying)
    }

    /// Makes the handle of an operation's result, which keeps the metadata of its source.
    convenience init(_ contents: Contents, madeOf source: PipelineHandle) {
        self.init(contents, source.metadata, isCopying: source.isCopying)
    }

    private init(_ contents: Contents, _ metadata: CTexts, isCopying: Bool) {
        self.contents = contents
        self.metadata = metadata
        self.isCopying = isCopying
        let schema: Schema
        switch contents {
        case .buffer(let buffer): (schema, isBatched) = (buffer.schema, buffer.isBatched)
        case .stream(let stream): (schema, isBatched) = (stream.schema, stream.isBatched)
        }
        fields = CFields(schema)
    }

    /// The rule that decides which values C receives without a copy.
    var copyRule: CopyRule { CopyRule(isBatched: isBatched, isCopying: isCopying) }

    var stream: Colonnade.Stream {
        switch contents {
        case .buffer(let buffer): buffer.stream()
        case .stream(let stream): stream
        }
    }
}
