// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import ColonnadeStore
import Foundation
import Testing

/// Tests damaged files. Every way of reading throws an error before the first epoch ends.
@Suite struct VerificationTests {
    private static let rowCount = 800
    /// The damaged row.
    private static let damaged = 433

    /// Makes a file with columns of all kinds in blocks of 4 KiB, whose values are derived from the row.
    private func makeFile(damaging column: String?) throws -> TemporaryFile {
        let file = TemporaryFile()
        let schema = try Schema([
            Field("alone", .int64, [16]), Field("a", .int32), Field("b", .int32), Field("ragged", .int64, [nil]),
            Field("packed", .int64, [16]), Field("text", kind: .string),
        ])
        var options = WriterOptions()
        options.segmentBytes = 1 << 18
        options.checksumBlockExponent = 12
        options.codecs["packed"] = .zlib
        var writer = try DatasetWriter(creating: file.path, schema: schema, options: options)
        for row in 0..<Self.rowCount {
            let value = Int64(0x1111_0000_0000 + row)
            let many = Tensor([Int64](repeating: value, count: 16))
            try writer.append(
                Sample(
                    schema: schema,
                    tensors: [
                        many, Tensor(scalar: Int32(0x1111_0000 + row)), Tensor(scalar: Int32(0x2222_0000 + row)),
                        Tensor([Int64](repeating: 0x3333_0000_0000 + Int64(row), count: 1 + row % 5)), many,
                        Tensor(utf8: "row \(row) ends"),
                    ]))
        }
        try writer.finish()
        guard let column else { return file }
        var bytes = try Data(contentsOf: URL(filePath: file.path))
        let offset: Int
        switch column {
        case "alone", "packed":
            let dataset = try StoredDataset(path: file.path)
            if column == "alone" {
                let extent = try #require(
                    dataset.extents.first { $0.column == "alone" && $0.rows.contains(Self.damaged) })
                offset = extent.offset + (Self.damaged - extent.rows.lowerBound) * extent.stride
            } else {
                // The zlib stream of the block with the row is searched for from the end of the rows.
                offset = try #require(bytes.range(of: Data([0x78, 0x9C]), options: .backwards)?.lowerBound) + 20
            }
        case "b": offset = try #require(bytes.range(of: Self.bytes(Int32(0x2222_0000 + Self.damaged)))?.lowerBound)
        case "ragged":
            offset = try #require(bytes.range(of: Self.bytes(0x3333_0000_0000 + Int64(Self.damaged)))?.lowerBound)
        default: offset = try #require(bytes.range(of: Data("row \(Self.damaged) ends".utf8))?.lowerBound)
        }
        bytes[offset] ^= 1
        try bytes.write(to: URL(filePath: file.path))
        return file
    }

    private static func bytes<Number: FixedWidthInteger>(_ value: Number) -> Data {
        Data((0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> Number($0 * 8)) })
    }

    /// Returns the errors of one epoch.
    private func errors(_ stream: Colonnade.Stream) -> [ColonnadeError] {
        var pass = stream.makeIterator()
        var errors: [ColonnadeError] = []
        while true {
            do throws(ColonnadeError) {
                guard try pass.next() != nil else { return errors }
            } catch { errors.append(error) }
        }
    }

    private static let ways: [(String, @Sendable (Buffer) throws -> Colonnade.Stream)] = [
        ("in order", { try $0.batched(by: 16).stream() }),
        ("shuffled", { try $0.shuffled(seed: 1).batched(by: 16).stream() }),
        ("one batch", { try $0.shuffled(seed: 1).batched(by: rowCount).stream() }),
        ("prefetched", { try $0.shuffled(seed: 1).batched(by: 16).stream().prefetched(depth: 4, threads: 2) }),
        ("prefetched in order", { try $0.batched(by: 16).stream().prefetched(depth: 4, threads: 2) }),
        ("shuffled batches", { try $0.batched(by: 16).shuffled(seed: 1).stream() }),
        ("single", { $0.stream() }),
        (
            "padded",
            {
                try $0.shuffled(seed: 3).batched(
                    by: 16, padding: $0.schema.names.contains("ragged") ? ["ragged": 7] : [:]
                ).stream()
            }
        ),
        ("of stages", { try $0.stream().filter { _ in true }.batched(by: 16) }),
        ("shuffled by a window", { try $0.stream().shuffled(window: 100, seed: 1).batched(by: 16) }),
        ("of parts", { try $0.appending($0.prefix(10)).shuffled(seed: 2).batched(by: 16).stream() }),
        ("a part", { try $0.dropFirst(damaged - 100).prefix(200).shuffled(seed: 5).stream() }),
        (
            "a part in batches",
            { try $0.dropFirst(damaged - 100).prefix(200).shuffled(seed: 5).batched(by: 8).stream() }
        ),
    ]

    @Test(arguments: ["alone", "b", "ragged", "packed", "text"])
    func `damage is an error before the first epoch ends, which names file, column and rows`(column: String) throws {
        let file = try makeFile(damaging: column)
        // The column "alone" is read in all ways, and the other columns in some of them.
        for (name, make) in column == "alone" ? Self.ways : Array(Self.ways.prefix(4)) + Self.ways.suffix(3) {
            try check(file, column, name, make)
        }
        #expect(throws: ColonnadeError.self) { try Buffer(at: file.path, verification: .full) }
    }

    private func check(
        _ file: TemporaryFile, _ column: String, _ name: String, _ make: (Buffer) throws -> Colonnade.Stream
    ) throws {
        let selected = column == "b" ? ["a", "b"] : [column]
        for verification in [StoredDataset.Verification.automatic, .onFirstTouch] {
            let buffer = try Buffer(at: file.path, verification: verification).selecting(selected)
            if column == "packed", name.hasPrefix("a part") { continue }
            let found = errors(try make(buffer))
            #expect(!found.isEmpty, "\(name)")
            for error in found {
                #expect(error.code == .corruptFile && error.rule == 29, "\(name): \(error)")
                #expect("\(error)".contains(file.path) && error.message.contains("of column \"\(column)\""), "\(error)")
                #expect(error.message.contains("row"), "\(error)")
            }
            // Columns without bytes in the damaged block can be read.
            let other = try Buffer(at: file.path, verification: verification).selecting([
                column == "alone" ? "text" : "alone"
            ])
            #expect(errors(try make(other)) == [], "\(name)")
        }
        if column != "packed", column != "text" {
            let unchecked = try Buffer(at: file.path, verification: .off).selecting(selected)
            #expect(errors(try make(unchecked)) == [], "\(name)")
        }
    }

    @Test func `damage is reported in the first epoch and in all later ones, also to other passes`() throws {
        let file = try makeFile(damaging: "alone")
        let buffer = try Buffer(at: file.path).selecting(["alone"])
        let stream = try buffer.shuffled(seed: 1).batched(by: 16).stream().prefetched()
        for epoch in 0..<3 { #expect(!errors(stream.epoch(epoch)).isEmpty) }
        #expect(!errors(try buffer.batched(by: 7).stream()).isEmpty)
    }

    @Test func `a sample by index is an error exactly where its block is damaged`() throws {
        let file = try makeFile(damaging: "alone")
        let buffer = try Buffer(at: file.path).selecting(["alone"])
        var refused: [Int] = []
        for row in 0..<Self.rowCount {
            do throws(ColonnadeError) { _ = try buffer[row] } catch { refused.append(row) }
        }
        // A block contains 32 rows of 128 bytes.
        #expect(refused.count == 32 && refused.contains(Self.damaged))
    }

    @Test func `the message has the rows of the block`() throws {
        let file = try makeFile(damaging: "alone")
        let buffer = try Buffer(at: file.path)
        let error = #expect(throws: ColonnadeError.self) { try buffer[Self.damaged] }
        let first = Self.damaged - Self.damaged % 32
        #expect(
            error?.message.contains("rows \(first) to \(first + 31) of column \"alone\"") == true,
            "\(error?.message ?? "")")
    }

    @Test(arguments: StoredDataset.Verification.allCases)
    func `a valid file has the same rows with all verification modes`(verification: StoredDataset.Verification) throws {
        let file = try makeFile(damaging: nil)
        let buffer = try Buffer(at: file.path, verification: verification)
        for (name, make) in Self.ways {
            let stream = try make(try buffer.selecting(["alone", "ragged", "a"]))
            for epoch in 0..<2 { #expect(errors(stream.epoch(epoch)) == [], "\(name)") }
        }
        try buffer.checkIntact()
    }

    @Test func `a suspended consumer receives the error instead of the end`() async throws {
        let file = try makeFile(damaging: "alone")
        let stream = try Buffer(at: file.path).selecting(["alone"]).shuffled(seed: 1).batched(by: 1_000).stream()
        await #expect(throws: ColonnadeError.self) { for try await _ in stream.epoch(0) {} }
        await #expect(throws: ColonnadeError.self) { for try await _ in try stream.prefetched() {} }
    }

    @Test func `the plan names the promise of its verification mode`() throws {
        let file = try makeFile(damaging: nil)
        func plan(_ verification: StoredDataset.Verification) throws -> String {
            try Buffer(at: file.path, verification: verification).shuffled(seed: 1).batched(by: 2).explain()
        }
        #expect(try plan(.automatic).contains("damage is an error before the first epoch ends"))
        #expect(try plan(.onFirstTouch).contains("before a row of it is read"))
        #expect(try plan(.full).contains("when the file was opened"))
        #expect(try plan(.off).contains("no block is checked"))
    }

    @Test func `a file that is overwritten in place is an error, also for existing views`() throws {
        let file = try makeFile(damaging: nil)
        let dataset = try StoredDataset(path: file.path)
        let buffer = Buffer(dataset)
        let view = try buffer[0]["alone"]
        try buffer.checkIntact()
        let handle = try #require(FileHandle(forWritingAtPath: file.path))
        let other = try makeFile(damaging: nil)
        var bytes = try Data(contentsOf: URL(filePath: other.path))
        bytes[bytes.count - 20] ^= 1
        try handle.write(contentsOf: bytes)
        try handle.close()
        #expect(throws: ColonnadeError.self) { try buffer.checkIntact() }
        #expect(throws: ColonnadeError.self) { try view.storage.checkIntact() }
        #expect(throws: ColonnadeError.self) { try buffer[1] }
    }

    @Test func `a file that loses a single byte is an error immediately`() throws {
        let file = try makeFile(damaging: nil)
        let buffer = try Buffer(at: file.path)
        _ = try buffer[0]
        let handle = try #require(FileHandle(forWritingAtPath: file.path))
        try handle.truncate(atOffset: UInt64(Data(contentsOf: URL(filePath: file.path)).count - 1))
        try handle.close()
        #expect(throws: ColonnadeError.self) { try buffer.checkIntact() }
        #expect(throws: ColonnadeError.self) { try buffer[0] }
    }
}
