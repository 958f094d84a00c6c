// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import ColonnadeStore
import Testing

/// Tests of columns: all values of a key as one tensor.
@Suite struct ColumnTests {
    /// Returns a file of rows of fixed size: a large column, and two small ones that share rows.
    private static func table(_ count: Int, _ options: WriterOptions = WriterOptions()) throws -> TemporaryFile {
        let file = TemporaryFile()
        let schema = try Schema([
            Field("image", .uint8, [64]), Field("label", .uint8), Field("number", .int64),
        ])
        var writer = try DatasetWriter(creating: file.path, schema: schema, options: options)
        for row in 0..<count {
            let image = Tensor([UInt8](repeating: UInt8(row % 251), count: 64))
            let values = [image, Tensor(scalar: UInt8(row % 7)), Tensor(scalar: Int64(row) * 3)]
            try writer.append(Sample(schema: schema, tensors: values))
        }
        try writer.finish()
        return file
    }

    private static func numbers(_ rows: Range<Int>) -> [Int64] { rows.map { Int64($0) * 3 } }

    @Test func `a column alone is a view of the file, and outlives the buffer`() throws {
        let file = try ColumnTests.table(100)
        let image = try Buffer(at: file.path).column("image")
        #expect(image.shape == [100, 64])
        #expect(image.storage.isLent)
        #expect(try image[99].elements(as: UInt8.self) == [UInt8](repeating: 99, count: 64))
        let part = try Buffer(at: file.path).dropFirst(40).prefix(7).column("image")
        #expect(part.storage.isLent && part.shape == [7, 64])
        #expect(try part[0].elements(as: UInt8.self)[0] == 40)
    }

    @Test func `a column of a group is copied, or viewed with a stride`() throws {
        let file = try ColumnTests.table(100)
        let buffer = try Buffer(at: file.path)
        let copied = try buffer.column("number")
        #expect(!copied.storage.isLent)
        #expect(try copied.elements(as: Int64.self) == ColumnTests.numbers(0..<100))
        let view = try buffer.selecting(["number"]).dropFirst(2).stridedColumn("number")
        #expect(view.storage.isLent && view.stride == 16 && view.shape == [98])
        let first = Tensor(dtype: .int64, shape: [1], storage: view.storage, byteOffset: view.byteOffset)
        #expect(try first.item(as: Int64.self) == 6)
    }

    @Test func `columns of several segments, of compressed and of changed samples are copied`() throws {
        var small = WriterOptions()
        small.segmentBytes = 1 << 10
        var compressed = WriterOptions()
        compressed.defaultCodec = .zlib
        for options in [small, compressed] {
            let file = try ColumnTests.table(100, options)
            let buffer = try Buffer(at: file.path)
            #expect(try buffer.column("number").elements(as: Int64.self) == ColumnTests.numbers(0..<100))
            let order = buffer.shuffled(seed: 5)
            #expect(try order.column("number").elements(as: Int64.self).map { Int($0) } == scalars(order, "number"))
            let cast = try buffer.cast("number", to: .float64).column("number")
            #expect(try cast.elements(as: Double.self) == (0..<100).map { Double($0) * 3 })
            let batches = try buffer.batched(by: 30, droppingLast: true).column("number")
            #expect(batches.shape == [3, 30])
            #expect(try batches.elements(as: Int64.self) == ColumnTests.numbers(0..<90))
        }
    }

    @Test func `a column that has no tensor is an error, and one without samples is empty`() throws {
        let file = try TemporaryFile.samples(3)
        let buffer = try Buffer(at: file.path)
        let ragged = #expect(throws: ColonnadeError.self) { try buffer.column("text") }
        #expect(ragged?.code == .invalidArgument && ragged?.message.contains("differ in shape") == true)
        let unknown = #expect(throws: ColonnadeError.self) { try buffer.column("lable") }
        #expect(unknown?.code == .unknownKey)
        #expect(try buffer.prefix(0).column("image").shape == [0, 10, 10])
    }

    @Test func `segments of rows of one size are as long as the buffered rows permit`() throws {
        let file = TemporaryFile()
        let schema = try Schema([Field("image", .uint8, [1 << 16]), Field("label", .uint8)])
        var writer = try DatasetWriter(creating: file.path, schema: schema)
        let (count, bytes) = (640, [UInt8](repeating: 1, count: 1 << 22))
        for _ in 0..<count / 64 {
            let columns = [ColumnChunk(values: bytes), ColumnChunk(values: [UInt8](repeating: 2, count: 64))]
            try writer.append(RecordChunk(rowCount: 64, columns: columns))
        }
        #expect(try writer.finish().segmentCount == 1)
        let image = try Buffer(at: file.path).column("image")
        #expect(image.storage.isLent && image.shape == [640, 1 << 16])
    }
}
