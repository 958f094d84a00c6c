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
    /// The metadata of the source, and what tells about pictures that are decoded.
    let metadata: CTexts
    private let sourceMetadata: CTexts
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
        self.init(contents, plan, source.sourceMetadata, isCopying: source.isCopying)
    }

    private init(_ contents: Contents, _ plan: PlanStep, _ metadata: CTexts, isCopying: Bool) {
        self.contents = contents
        self.plan = plan
        sourceMetadata = metadata
        self.isCopying = isCopying
        switch contents {
        case .buffer(let buffer): (schema, isBatched) = (buffer.schema, buffer.isBatched)
        case .stream(let stream): (schema, isBatched) = (stream.schema, stream.isBatched)
        }
        fields = CFields(schema)
        self.metadata = metadata.describingPixels(of: schema)
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

extension CTexts {
    /// Returns metadata (key, value, key, value …) that tells how the pixels of fields are stored: a file that is written from them then
    /// knows where their channels are.
    fileprivate func describingPixels(of schema: Schema) -> CTexts {
        var entries = stride(from: 0, to: count - 1, by: 2).map { (key: texts[$0], value: texts[$0 + 1]) }
        var changes = false
        for field in schema where field.kind == .tensor && (field.channelPlace != nil || !entries.isEmpty) {
            let index = entries.firstIndex { $0.key.hasBytes(of: field.storageKey) }
            let (known, storage) = (index.map { entries[$0].value }, field.storageOfPixels)
            // Pixels of one number of channels are stored raw too.
            let isRaw = field.channelPlace == nil || field.channelPlace == .last
            if known == storage || (known == "raw" && storage == nil && isRaw) { continue }
            if let index { entries.remove(at: index) }
            if let storage { entries.append((field.storageKey, storage)) }
            changes = true
        }
        return changes ? CTexts(entries.flatMap { [$0.key, $0.value] }) : self
    }
}
