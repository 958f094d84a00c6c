// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// Samples from anywhere, for streams: a file that is parsed, a generator, a network.
///
///     struct Numbers: SampleSource {
///         let schema: Schema
///         func makeReader(epoch: Int) throws -> any SampleReader { … }
///     }
///     let stream = Stream(Numbers(…))
public protocol SampleSource: Sendable {
    /// The fields of each sample; nil in a shape where dimensions vary.
    var schema: Schema { get }

    /// What it is, for people; also tells it from other sources.
    var label: String { get }

    /// Samples from the front. Called once for each pass.
    func makeReader(epoch: Int) throws -> any SampleReader
}

/// One pass over a source. Used by one thread at a time.
public protocol SampleReader: AnyObject {
    /// The next sample, nil at the end. What it throws arrives at the consumer, and then it is asked for the next.
    func next() throws -> Sample?

    /// Leaves out so many samples, those that cannot be read included. Calls `next` as often where nothing better is written.
    func skip(_ count: Int) throws
}

extension SampleReader {
    public func skip(_ count: Int) throws {
        for _ in 0..<count {
            // What is thrown here was said when this was read first.
            do { guard try next() != nil else { return } } catch { continue }
        }
    }
}

extension Stream {
    /// Samples of a source, pulled one after the other by one thread at a time.
    public init(_ source: any SampleSource) { self.init(SourceStage(source: source)) }

    /// Samples that a sequence gives, which is made anew for each pass.
    ///
    /// - Parameters:
    ///   - fields: of each sample; nil in a shape where dimensions vary.
    ///   - sequence: makes the samples of an epoch. Iterated lazily, by one thread at a time.
    /// - Throws: `invalidArgument` for fields with the same name.
    public init<Samples: Sequence<Sample>>(
        giving fields: [Field], _ sequence: @escaping @Sendable (_ epoch: Int) throws -> Samples
    ) throws(ColonnadeError) {
        self.init(SequenceSource(schema: try Schema(fields), sequence: sequence))
    }
}

/// A sequence as a source.
private struct SequenceSource<Samples: Sequence<Sample>>: SampleSource {
    let schema: Schema
    let sequence: @Sendable (Int) throws -> Samples

    var label: String { "a sequence of \(schema.map(\.description).joined(separator: ", "))" }

    func makeReader(epoch: Int) throws -> any SampleReader { Reader(try sequence(epoch).makeIterator()) }

    private final class Reader: SampleReader {
        private var iterator: Samples.Iterator
        init(_ iterator: Samples.Iterator) { self.iterator = iterator }
        func next() -> Sample? { iterator.next() }
    }
}

/// A source as the first stage of a stream. To resume, samples that came before are read again.
struct SourceStage: Stage {
    let source: any SampleSource

    var schema: Schema { source.schema }
    var count: Int? { nil }
    var upstreams: [Upstream] { [] }
    var name: String { "source" }
    var label: String { source.label }
    var runsUserCode: Bool { true }

    func makeCursor(_ pass: PassContext) throws(ColonnadeError) -> any StageCursor {
        Cursor(try UserCode.call(label, nil) { try source.makeReader(epoch: pass.epoch) }, source, pass.epoch)
    }

    private final class Cursor: StageCursor {
        private let reader: any SampleReader
        private let source: any SampleSource
        private let epoch: Int
        /// Samples so far, and errors instead of some.
        private var index = 0

        init(_ reader: any SampleReader, _ source: any SampleSource, _ epoch: Int) {
            self.reader = reader
            self.source = source
            self.epoch = epoch
        }

        func next() throws(ColonnadeError) -> Recipe? {
            let row = index
            // Also if it throws: whoever resumes behind an error does not get it again.
            index += 1
            guard let sample = try UserCode.call(source.label, row, { try reader.next() }) else {
                index = row
                return nil
            }
            try source.schema.check(sample, from: source.label, row: row)
            return .ready(sample, row: row, epoch: epoch)
        }

        var place: Place { Place(numbers: [index]) }

        func go(to place: Place) throws(ColonnadeError) {
            try place.check(numbers: 1, upstreams: 0)
            index = place.numbers[0]
            try UserCode.call(source.label, nil) { try reader.skip(index) }
        }
    }
}
