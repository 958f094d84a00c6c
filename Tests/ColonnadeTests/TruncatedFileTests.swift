// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import ColonnadeStore
import Foundation
import Testing

/// Tests a file that is truncated while a stream reads it.
@Suite struct TruncatedFileTests {
    private static let rowCount = 3_000

    /// Makes a file with one column that is read as a view of the mapping. All elements of a row are the row's number,
    /// from 1.
    private func makeFile() throws -> TemporaryFile {
        let file = TemporaryFile()
        let schema = try Schema([Field("x", .int64, [512])])
        var writer = try DatasetWriter(creating: file.path, schema: schema)
        for row in 1...Self.rowCount {
            try writer.append(
                Sample(schema: schema, tensors: [Tensor([Int64](repeating: Int64(row), count: 512))]))
        }
        try writer.finish()
        return file
    }

    private func truncate(_ file: TemporaryFile) throws {
        let handle = try #require(FileHandle(forWritingAtPath: file.path))
        try handle.truncate(atOffset: 512 * 8 * UInt64(Self.rowCount) / 3)
        try handle.close()
    }

    private func expectEnd(_ stream: Colonnade.Stream, _ file: TemporaryFile, _ name: String) throws {
        var pass = stream.makeIterator()
        _ = try pass.next()
        try truncate(file)
        var errors: [ColonnadeError] = []
        while true {
            do throws(ColonnadeError) {
                guard let batch = try pass.next() else { break }
                let hasZeros = try batch["x"].elements(as: Float.self).contains(0)
                #expect(!hasZeros, "\(name)")
            } catch { errors.append(error) }
        }
        #expect(!errors.isEmpty, "\(name)")
        for error in errors {
            #expect(error.code == .corruptFile && error.place == .file(file.path), "\(name): \(error)")
        }
    }

    @Test func `for every kind of stream, no batch has zeros for rows, and the error names the file`() throws {
        let streams: [(String, (Buffer) throws -> Colonnade.Stream)] = [
            ("in order", { try $0.cast("x", to: .float32).batched(by: 16).stream() }),
            ("single", { try $0.cast("x", to: .float32).stream() }),
            ("shuffled", { try $0.shuffled(seed: 1).cast("x", to: .float32).batched(by: 16).stream() }),
            (
                "prefetched",
                {
                    try $0.shuffled(seed: 1).cast("x", to: .float32).batched(by: 16).stream().prefetched(
                        depth: 4, threads: 3)
                }
            ),
            (
                "of functions",
                {
                    try $0.map("x", to: .float32) { tensor in
                        Tensor(try tensor.elements(as: Int64.self).map { Float($0) }, shape: tensor.shape)
                    }.batched(by: 7).stream()
                }
            ),
            ("of stages", { try $0.stream().filter { _ in true }.cast("x", to: .float32).batched(by: 16) }),
            (
                "of parts",
                { try $0.appending($0.prefix(10)).cast("x", to: .float32).shuffled(seed: 2).batched(by: 16).stream() }
            ),
        ]
        for (name, make) in streams {
            let file = try makeFile()
            try expectEnd(make(Buffer(at: file.path)), file, name)
        }
    }

    @Test func `a sample is an error only if its own file was truncated`() throws {
        let numbers = try Buffer(columns: ["y": Tensor((0..<2 * Self.rowCount).map { Int64($0) })])
        let changes: [(Buffer, Buffer) throws -> Buffer] = [
            { try $0.appending($1) },
            { try $0.appending($1).map("x") { $0 } },
            { try $0.appending($1).appending($1.appending($0)) },
            { try $0.appending($1).zipped(with: numbers) },
        ]
        for change in changes {
            let files = try [makeFile(), makeFile()]
            // Files with steps of their own are not read as one file.
            let parts = try files.map { try Buffer(at: $0.path).cast("x", to: .float32) }
            let buffer = try change(parts[0], parts[1])
            let last = [Self.rowCount - 1, 2 * Self.rowCount - 1]
            for index in last { _ = try buffer[index] }
            try truncate(files[0])
            let error = #expect(throws: ColonnadeError.self) { try buffer[last[0]] }
            #expect(error?.code == .corruptFile && error?.place == .file(files[0].path))
            let values = try buffer[last[1]]["x"].elements(as: Float.self)
            #expect(values == [Float](repeating: Float(Self.rowCount), count: 512))
        }
    }

    @Test func `a truncated file among many that are read as one is named`() throws {
        let files = try [makeFile(), makeFile(), makeFile()]
        let buffer = try Buffer(at: files.map(\.path))
        let stream = try buffer.shuffled(seed: 1).cast("x", to: .float32).batched(by: 16).stream()
        try expectEnd(stream, files[1], "of many files")
    }
}
