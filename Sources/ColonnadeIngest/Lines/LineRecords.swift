// SPDX-License-Identifier: Apache-2.0

import Colonnade

/// The lines of an input as samples of bytes.
struct LineRecords: SampleSource {
    /// The schema of one field, the line.
    let schema: Schema
    private let input: TextInput
    private let readSize: Int

    init(_ input: TextInput, _ schema: Schema, readSize: Int = 1 << 20) {
        self.input = input
        self.schema = schema
        self.readSize = readSize
    }

    var label: String { "lines of \(input.label)" }

    func open() throws(ColonnadeError) -> LineReader {
        try LineReader(input, readSize: readSize, keepingBlanks: true)
    }

    func makeReader(epoch: Int) throws -> any SampleReader { Reader(try open(), schema) }

    private final class Reader: SampleReader {
        private var reader: LineReader
        private let schema: Schema

        init(_ reader: consuming LineReader, _ schema: Schema) {
            self.reader = reader
            self.schema = schema
        }

        func next() throws -> Sample? {
            guard try reader.next() else { return nil }
            let schema = schema
            return try reader.withText { (line) throws(ColonnadeError) in
                Sample(schema: schema, tensors: [Tensor([UInt8](line))])
            }
        }

        func skip(_ count: Int) {
            for _ in 0..<count {
                do throws(ColonnadeError) { guard try reader.next() else { return } } catch {}
            }
        }
    }
}
