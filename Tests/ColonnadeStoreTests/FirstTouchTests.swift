// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeStore
import ColonnadeStoreTestSupport
import Foundation
import Testing

@Suite struct FirstTouchTests {
    private let folder: TemporaryFolder
    private let path: String
    private let rowBytes = 512

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("data")
    }

    private func makeFile(_ field: Field, codec: ColumnCodec = .plain) throws {
        var data = RandomData(seed: 3)
        let schema = try Schema([field])
        var options = WriterOptions()
        options.checksumBlockExponent = 12
        options.segmentBytes = 64 * rowBytes
        options.codecs[field.name] = codec
        let rows = (0..<100).map { _ in StoredValue(bytes: data.bytes(rowBytes)) }
        try write([rows], schema, to: path, options: options)
    }

    /// Returns the rows, of 100, that are refused when they are read one by one, with a data set for each row or one
    /// for all.
    private func refused(_ way: Way) throws -> Set<Int> {
        let one = try StoredDataset(path: path, verification: .onFirstTouch)
        var rows: Set<Int> = []
        for row in 0..<100 {
            let own = try StoredDataset(path: path, verification: .onFirstTouch)
            for dataset in [own, one, one] {
                do throws(ColonnadeError) { try way.read(dataset, row) } catch {
                    #expect(error.rule == 29)
                    if case .file(path, .some) = error.place {} else { Issue.record("\(error)") }
                    rows.insert(row)
                    continue
                }
                #expect(!rows.contains(row))
            }
        }
        return rows
    }

    private func flip(_ offset: Int) throws {
        var file = try bytes(ofFile: path)
        file[offset] ^= 4
        try write(file, toFile: path)
    }

    @Test func `a block is reported when a row in it is read, and other rows are read`() throws {
        try makeFile(Field("x", .uint8, [rowBytes]))
        let extent = try #require(try StoredDataset(path: path).extents.first)
        try flip(extent.offset + 10 * rowBytes)
        // A block of 4096 bytes contains eight rows.
        for way in Way.allCases { #expect(try refused(way) == Set(8..<16)) }
        for row in 0..<100 { try Way.row.read(StoredDataset(path: path, verification: .off), row) }
    }

    @Test func `a damaged checksum table is reported only for its segment`() throws {
        try makeFile(Field("x", .uint8, [rowBytes]))
        let second = try #require(try StoredDataset(path: path).extents.dropFirst().first)
        try flip(second.offset - 64)
        let rows = try refused(.row)
        // The table of segment 0 and its padding take the 64 bytes before segment 1.
        #expect(rows == Set(0..<64))
        #expect(try DatasetVerifier.verify(path: path).problems.count == 1)
    }

    @Test(arguments: [ColumnCodec.plain, .zlib, .zstd]) func `rows of a variable column are checked too`(
        codec: ColumnCodec
    ) throws {
        try makeFile(Field("x", kind: .bytes), codec: codec)
        let good = try bytes(ofFile: path)
        var seen: Set<Set<Int>> = []
        for offset in [128, 128 + 8 * 20, 128 + 5000, 128 + 30_000] {
            try write(good, toFile: path)
            try flip(offset)
            let rows = try refused(.row)
            #expect(!rows.isEmpty && rows.count < 100)
            seen.insert(rows)
        }
        // A block of zlib has several rows.
        #expect(codec == .zlib || seen.count > 2)
    }
}

extension FirstTouchTests {
    @Test func `consecutive rows are checked block by block, to the last one`() throws {
        let (field, other) = (Field("x", .uint8, [rowBytes]), folder.file("other"))
        let schema = try Schema([field])
        for target in [path, other] {
            try? FileManager.default.removeItem(atPath: path)
            try makeFile(field)
            var writer = try DatasetWriter(appendingTo: path, segmentBytes: 32 * rowBytes)
            for row in 100..<140 {
                let tensor = Tensor([UInt8](repeating: UInt8(row), count: rowBytes))
                try writer.append(Sample(schema: schema, tensors: [tensor]))
            }
            try writer.finish()
            if target == other { try write(try bytes(ofFile: path), toFile: other) }
        }
        let good = try bytes(ofFile: path)
        let extents = try StoredDataset(path: path).extents
        // Rows of the first block, one in the middle, and the last ones of the last segments of both runs.
        let damaged =
            [(extents[0].offset, 0), (extents[0].offset + 20 * rowBytes, 20)]
            + [(extents[1].offset + 35 * rowBytes, 99), (extents[3].offset + 7 * rowBytes, 139)]
        for (offset, row) in damaged {
            try write(good, toFile: path)
            try flip(offset)
            let first = row / 8 * 8
            for joined in [false, true] {
                func batch(_ rows: Range<Int>) throws(ColonnadeError) -> [Tensor] {
                    let dataset = try StoredDataset(path: path, verification: .onFirstTouch)
                    guard joined else {
                        return try BlockGather(
                            dataset, [ColumnRequest(column: 0)], batchesOf: rows.count, from: TensorPool()
                        ).batch(of: Array(rows))
                    }
                    let both = JoinedDatasets(
                        [try StoredDataset(path: other, verification: .onFirstTouch), dataset], columns: [[0], [0]])
                    return try BlockGather(
                        both, [ColumnRequest(column: 0)], batchesOf: rows.count, from: TensorPool()
                    ).batch(of: Array(rows.lowerBound..<rows.upperBound + 140))
                }
                #expect(throws: ColonnadeError.self, "row \(row)") { try batch(0..<140) }
                #expect(throws: ColonnadeError.self) { try batch(row..<row + 1) }
                guard first > 0 else { continue }
                #expect(try batch(0..<min(first, 96))[0].shape == [min(first, 96) + (joined ? 140 : 0), rowBytes])
            }
        }
    }
}

private enum Way: CaseIterable {
    case row, mapped, chunk

    func read(_ dataset: StoredDataset, _ row: Int) throws(ColonnadeError) {
        switch self {
        case .row: _ = try dataset.row(row, columns: [0], from: TensorPool())
        case .mapped: _ = try dataset.mappedRows(row..<row + 1, column: 0)
        case .chunk: _ = try dataset.chunk(rows: row..<row + 1, columns: [0])
        }
    }
}
