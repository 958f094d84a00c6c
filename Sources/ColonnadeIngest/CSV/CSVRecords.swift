// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCodecs

/// The records of a CSV input as samples of bytes.
struct CSVRecords: SampleSource {
    /// The columns that samples have.
    enum Selection: Sendable {
        case all
        case columns([String], othersAllowed: Bool)
    }

    let schema: Schema
    let label: String
    private let input: TextInput
    private let dialect: CSVDialect
    private let readSize: Int
    /// All names of the header; nil where there is none.
    private let header: [String]?
    /// By field, the column of the file that it is.
    private let columns: [Int]

    /// Reads the header. Throws `fileNotFound`, `system`, `invalidSource` for one that is not well-formed or lacks a column.
    init(
        _ input: TextInput, _ dialect: CSVDialect, _ selection: Selection, readSize: Int = 1 << 20
    ) throws(ColonnadeError) {
        self.input = input
        self.dialect = dialect
        self.readSize = readSize
        label = "csv of \(input.label)"
        // Most headers are short, and a pass reads from the start again.
        var reader = try CSVReader(input, dialect, readSize: min(readSize, 1 << 16))
        header = try reader.readHeaderIfAny(true)
        let columnIndices = CSVRecords.columns(header ?? [])
        var chosen: [(name: String, column: Int)]
        switch selection {
        case .all:
            chosen = columnIndices.map { (name: $0.name, column: $0.value) }.sorted { $0.column < $1.column }
        case .columns(let names, let othersAllowed):
            chosen = []
            for name in names where header != nil {
                guard let column = columnIndices[name] else {
                    throw CSVRecords.fault("the header has no column \"\(name)\"", input.name, name)
                }
                chosen.append((name, column))
            }
            let known = Set(names.exactNames)
            if header != nil, !othersAllowed,
                let other = columnIndices.names.first(where: { !known.contains(ExactName($0)) })
            {
                throw CSVRecords.fault(
                    "the first file had no column \"\(other)\"; say which columns are to come out", input.name, other)
            }
            if header == nil { chosen = names.map { ($0, 0) } }
        }
        schema = try Schema(chosen.map { Field($0.name, kind: .bytes) })
        columns = chosen.map(\.column)
    }

    /// Returns the index of the column for each name; the last one for columns with the same name.
    private static func columns(_ header: [String]) -> NameMap<Int> {
        var columns: NameMap<Int> = [:]
        for (index, name) in header.enumerated() {
            columns[name] = index
        }
        return columns
    }

    private static func fault(_ message: String, _ source: String, _ column: String?) -> ColonnadeError {
        ColonnadeError(.invalidSource, message, at: .record(source: source, record: nil, column: column))
    }

    func makeReader(epoch: Int) throws -> any SampleReader {
        var reader = try CSVReader(input, dialect, readSize: readSize)
        guard try reader.readHeaderIfAny(true) == header else {
            throw ColonnadeError(
                .invalidSource, "its header is another one than when it was opened; leave the file alone",
                at: .file(input.name))
        }
        return Reader(reader, schema, columns)
    }

    private final class Reader: SampleReader {
        private var reader: CSVReader
        private let schema: Schema
        private let columns: [Int]
        /// The values of one record, one after another, and where each ends.
        private var values: [UInt8] = []
        private var ends: [Int] = []

        init(_ reader: consuming CSVReader, _ schema: Schema, _ columns: [Int]) {
            self.reader = reader
            self.schema = schema
            self.columns = columns
        }

        /// Returns the next record. Its values share one piece of memory.
        func next() throws -> Sample? {
            guard try reader.next() else { return nil }
            values.removeAll(keepingCapacity: true)
            ends.removeAll(keepingCapacity: true)
            for column in columns {
                reader.appendText(of: column, to: &values)
                ends.append(values.count)
            }
            let storage = Tensor(values).storage
            var start = 0
            var tensors: [Tensor] = []
            tensors.reserveCapacity(columns.count)
            for end in ends {
                tensors.append(Tensor(dtype: .uint8, shape: [end - start], storage: storage, byteOffset: start))
                start = end
            }
            return Sample(schema: schema, tensors: tensors)
        }

        func skip(_ count: Int) {
            for _ in 0..<count {
                // A record that is not well-formed counts.
                do throws(ColonnadeError) { guard try reader.next() else { return } } catch {}
            }
        }
    }
}

extension TextInput {
    /// The identity of the input: the path, or the checksum of bytes in memory.
    var label: String {
        switch self {
        case .file(let path, _): return path
        case .bytes(let bytes, let name):
            var checksum = CRC32()
            checksum.update(bytes.span)
            return "\(name), \(bytes.count) bytes with CRC \(String(checksum.value, radix: 16))"
        }
    }
}
