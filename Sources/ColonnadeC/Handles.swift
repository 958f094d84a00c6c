// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import Colonnade
internal import ColonnadeCore

/// What a `colonnade_pipeline` is.
final class PipelineHandle: Sendable {
    enum Contents: Sendable {
        case buffer(Buffer)
        case stream(Colonnade.Stream)
    }

    let contents: Contents
    let fields: CFields
    let metadata: CTexts
    let isBatched: Bool
    /// Whether batches that would be views of a file are copied.
    let isCopying: Bool

    /// A pipeline that begins with this source.
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

    /// The rule by which values are handed to C.
    var handing: Handing { Handing(isBatched: isBatched, isCopying: isCopying) }

    var stream: Colonnade.Stream {
        switch contents {
        case .buffer(let buffer): buffer.stream()
        case .stream(let stream): stream
        }
    }
}

/// What a `colonnade_pass` is: an iterator that any number of threads may pull.
final class PassHandle: Sendable {
    private let iterator: Colonnade.Stream.Iterator
    let handing: Handing

    init(_ stream: Colonnade.Stream, _ handing: Handing) {
        iterator = stream.makeIterator()
        self.handing = handing
    }

    func next() throws(ColonnadeError) -> Sample? {
        // Copies share their place.
        var iterator = iterator
        return try iterator.next()
    }

    func next(within seconds: Double) throws(ColonnadeError) -> Colonnade.Stream.Arrival {
        try iterator.next(within: seconds)
    }

    func checkProcess() throws(ColonnadeError) { try iterator.checkProcess() }
    func stop() { iterator.stop() }
    var position: Position { iterator.position }
    func statistics() -> StreamStatistics? { iterator.statistics() }
}

/// Objects behind opaque pointers: each pointer that is given out is one owner.
enum Handle {
    static func make(_ object: some AnyObject) -> OpaquePointer {
        unsafe OpaquePointer(Unmanaged.passRetained(object).toOpaque())
    }

    static func lend(_ object: some AnyObject) -> OpaquePointer {
        unsafe OpaquePointer(Unmanaged.passUnretained(object).toOpaque())
    }

    static func pipeline(_ pointer: OpaquePointer) -> PipelineHandle { unsafe object(pointer) }

    static func pass(_ pointer: OpaquePointer) -> PassHandle { unsafe object(pointer) }

    static func object<Object: AnyObject>(_ pointer: OpaquePointer) -> Object {
        unsafe Unmanaged<Object>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
    }
}
