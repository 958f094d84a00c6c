// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeStore
import Foundation
import Testing

@Suite struct ValueCountsTests {
    /// Returns the counts of each column of a data set with the given rows. Its columns share a group.
    private func counts<Scalar: TensorScalar>(_ rows: [Scalar], codec: CodecID = .plain) throws -> [[Int]]? {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).colonnade").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let schema = try Schema([Field("x", Scalar.dtype), Field("other", .uint8)])
        var options = WriterOptions()
        options.defaultCodec = try ColumnCodec(codec)
        var writer = try DatasetWriter(creating: path, schema: schema, options: options)
        for row in rows {
            try writer.append(Sample(schema: schema, tensors: [Tensor(scalar: row), Tensor(scalar: UInt8(1))]))
        }
        try writer.finish()
        return try StoredDataset(path: path).valueCounts(ofColumn: 0)?.map { [$0.value, $0.count] }
    }

    @Test(arguments: [CodecID.plain, .zlib, .lz4])
    func `values are in order, each with its count`(codec: CodecID) throws {
        #expect(
            try counts([Int16](arrayLiteral: 3, -1, 3, 300, -1, 3), codec: codec) == [[-1, 2], [3, 3], [300, 1]])
        #expect(try counts([UInt8](arrayLiteral: 255, 0, 255), codec: codec) == [[0, 1], [255, 2]])
        #expect(try counts([true, false, true], codec: codec) == [[0, 1], [1, 2]])
        #expect(try counts([Int64](), codec: codec)?.isEmpty == true)
    }

    @Test func `all rows are counted, across the pieces that are read`() throws {
        let rows = (0..<150_000).map { UInt32($0 % 7) }
        let expected = (0..<7).map { (value: Int) -> [Int] in [value, rows.count { $0 == UInt32(value) }] }
        #expect(try counts(rows) == expected)
    }

    @Test func `there are no counts for many values, for floats and beyond Int`() throws {
        #expect(try counts((0..<256).map { Int32($0) })?.count == 256)
        #expect(try counts((0..<257).map { Int32($0) }) == nil)
        #expect(try counts([Float(1), 2]) == nil)
        #expect(try counts([UInt64.max]) == nil)
        #expect(try counts([UInt64(1)]) == [[1, 1]])
    }
}
