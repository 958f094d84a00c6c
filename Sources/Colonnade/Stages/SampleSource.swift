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

    /// A description for people, which also tells the source from others.
    var label: String { get }

    /// Samples from the front. Called once for each pass.
    func makeReader(epoch: Int) throws -> any SampleReader
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
