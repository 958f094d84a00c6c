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
    let schema: Schema
    /// The calls that made it.
    let plan: PlanStep
    let fields: CFields
    let metadata: CTexts
    let isBatched: Bool
    /// Whether C receives copies of batches that would be views of a file.
    let isCopying: Bool

    /// Makes the handle of a source.
    convenience init(_ source: PlanSource) {
        self.init(source.contents, PlanStep(source), source.metadata, isCopying: source.isCopying)
    }

    /// Makes the handle of samples that exist only in memory.
    convenience init(samples contents: Contents) { self.init(PlanSource(.samples(isGiven: true), contents)) }

    /// Makes the handle of an operation's result, which keeps the metadata of its source.
    convenience init(_ contents: Contents, _ plan: PlanStep, madeOf source: PipelineHandle) {
        self.init(contents, plan, source.metadata, isCopying: source.isCopying)
    }

    private init(_ contents: Contents, _ plan: PlanStep, _ metadata: CTexts, isCopying: Bool) {
        self.contents = contents
        self.plan = plan
        self.metadata = metadata
        self.isCopying = isCopying
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
