// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeStore

/// A kind of storage for the rows of a test. All kinds give equal rows.
enum TestSource: String, CaseIterable, Sendable {
    case samples, appended, zipped, materialized
    case oneSegment, manySegments, separate, zlib, checked

    /// Returns a buffer of the rows, and its file if there is one. The file must exist as long as the buffer.
    func open(_ rows: [Sample]) throws -> (buffer: Buffer, file: TemporaryFile?) {
        switch self {
        case .samples: return (try Buffer(rows), nil)
        case .appended:
            let half = rows.count / 2
            return (try Buffer(Array(rows[..<half])).appending(Buffer(Array(rows[half...]))), nil)
        case .zipped:
            let buffer = try Buffer(rows)
            let names = buffer.schema.names
            let half = names.count / 2
            return (
                try buffer.selecting(Array(names[..<half])).zipped(with: buffer.selecting(Array(names[half...]))), nil
            )
        case .materialized: return (try Buffer(rows).materialized(), nil)
        case .oneSegment: return try stored(rows) { _ in }
        case .manySegments: return try stored(rows) { $0.segmentBytes = 512 }
        case .separate: return try stored(rows) { $0.grouping = .separate }
        case .zlib:
            return try stored(rows) {
                $0.defaultCodec = .zlib
                $0.segmentBytes = 2048
            }
        case .checked:
            return try stored(rows, .onFirstTouch) {
                $0.segmentBytes = 1024
                $0.checksumBlockExponent = 12
            }
        }
    }

    private func stored(
        _ rows: [Sample], _ verification: StoredDataset.Verification = .automatic,
        _ change: (inout WriterOptions) -> Void
    ) throws -> (buffer: Buffer, file: TemporaryFile?) {
        let file = TemporaryFile()
        var options = WriterOptions()
        change(&options)
        var writer = try DatasetWriter(creating: file.path, schema: rows[0].schema, options: options)
        for row in rows { try writer.append(row) }
        try writer.finish()
        return (try Buffer(at: file.path, verification: verification), file)
    }
}
