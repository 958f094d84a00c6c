// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// A source of samples for a stream, such as a parsed file, a generator, or a network connection.
///
///     struct Numbers: SampleSource {
///         let schema: Schema
///         func makeReader(epoch: Int) throws -> any SampleReader { … }
///     }
///     let stream = Stream(Numbers(…))
public protocol SampleSource: Sendable {
    /// The fields of each sample; a dimension that varies is nil in the shape.
    var schema: Schema { get }

    /// A description for people, which also identifies the source in saved positions.
    var label: String { get }

    /// Begins a pass at the first sample. Called once for each pass.
    func makeReader(epoch: Int) throws -> any SampleReader
}

extension Stream {
    /// Makes a stream of the samples of a source. Only one thread at a time reads from the source.
    public init(_ source: any SampleSource) { self.init(SourceStage(source: source)) }

    /// Makes a stream of the elements of a sequence, which is made anew for each pass.
    ///
    /// - Parameters:
    ///   - fields: the fields of each sample; a dimension that varies is nil in the shape.
    ///   - sequence: the function that returns the samples of an epoch. One thread at a time iterates over them,
    ///     lazily.
    /// - Throws: `invalidArgument` for fields with the same name.
    public init<Samples: Sequence<Sample>>(
        giving fields: [Field], _ sequence: @escaping @Sendable (_ epoch: Int) throws -> Samples
    ) throws(ColonnadeError) {
        self.init(SequenceSource(schema: try Schema(fields), sequence: sequence))
    }
}

/// A source of the elements of a sequence.
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
