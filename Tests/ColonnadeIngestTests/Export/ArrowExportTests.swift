// SPDX-License-Identifier: Apache-2.0

import CArrow
import Colonnade
import ColonnadeCore
import ColonnadeIngest
import ColonnadeStore
import Testing

/// Tests of record batches that are lent to other libraries: Colonnade itself reads them back.
@Suite struct ArrowExportTests {
    private static let fields = [
        Field("image", .uint8, [2, 3]), Field("label", .int8, meaning: .classLabels(["a", "b"])),
        Field("ok", .bool), Field("half", .float16, [2]), Field("name", kind: .string), Field("data", kind: .bytes),
        Field("boxes", .float32, [nil, 4]), Field("grid", .int16, [nil, nil]),
        Field("seen", .int64, meaning: .time(TimeType(.timestamp, .microseconds, zone: "UTC")!)),
    ]

    private static func samples(_ count: Int) throws -> [Sample] {
        let schema = try Schema(fields)
        return (0..<count).map { row in
            Sample(
                schema: schema,
                tensors: [
                    Tensor([UInt8](repeating: UInt8(row), count: 6), shape: [2, 3]),
                    Tensor(scalar: Int8(row % 2)), Tensor(scalar: row % 3 == 0),
                    Tensor(dtype: .float16, shape: [2], storage: Tensor([UInt16(row), 7]).storage),
                    Tensor(utf8: String(repeating: "ä", count: row % 4)),
                    Tensor([UInt8](repeating: 255, count: row % 3)),
                    Tensor([Float](repeating: Float(row), count: row % 3 * 4), shape: [row % 3, 4]),
                    Tensor([Int16](repeating: 5, count: (row % 2 + 1) * (row % 4)), shape: [row % 2 + 1, row % 4]),
                    Tensor(scalar: Int64(row) * 1_000_000),
                ])
        }
    }

    /// Writes a buffer into a file through the C stream interface, and returns the file as a buffer.
    private static func ingested(_ buffer: Buffer, _ path: String) throws -> Buffer {
        var stream = unsafe ArrowArrayStream()
        try unsafe ArrowExport(buffer).write(to: &stream)
        _ = try unsafe Ingestor(source: ArrowStreamSource(adopting: &stream)).write(to: path)
        return try Buffer(at: path)
    }

    @Test func `a buffer is the same after it was lent and written`() throws {
        let scratch = try Scratch()
        var writer = try DatasetWriter(
            creating: scratch.path("a.colonnade"), schema: try Schema(ArrowExportTests.fields))
        for sample in try ArrowExportTests.samples(70) { try writer.append(sample) }
        try writer.finish()
        let stored = try Buffer(at: scratch.path("a.colonnade"))
        let buffers = [stored, stored.shuffled(seed: 1), try stored.dropFirst(3).prefix(50)]
        for (index, buffer) in buffers.enumerated() {
            let again = try ArrowExportTests.ingested(buffer, scratch.path("\(index).colonnade"))
            #expect(again.schema == buffer.schema && again.count == buffer.count)
            for row in 0..<buffer.count { #expect(try again[row].tensors == buffer[row].tensors) }
        }
    }

    @Test func `missing classes and times are null`() throws {
        let schema = try Schema([ArrowExportTests.fields[1], ArrowExportTests.fields[8]])
        let buffer = try Buffer([
            Sample(schema: schema, tensors: [Tensor(scalar: Int8(1)), Tensor(scalar: Int64.min)]),
            Sample(schema: schema, tensors: [Tensor(scalar: Int8(-1)), Tensor(scalar: Int64(5))]),
        ])
        var stream = unsafe ArrowArrayStream()
        try unsafe ArrowExport(buffer).write(to: &stream)
        var array = unsafe ArrowArray()
        #expect(unsafe stream.get_next(&stream, &array) == 0)
        #expect(unsafe array.length == 2 && array.children[0]!.pointee.null_count == 1)
        #expect(unsafe array.children[1]!.pointee.null_count == 1)
        // A batch outlives the stream.
        unsafe stream.release(&stream)
        #expect(unsafe array.children[0]!.pointee.buffers[0]!.load(as: UInt8.self) == 1)
        #expect(unsafe array.children[1]!.pointee.buffers[0]!.load(as: UInt8.self) == 2)
        unsafe array.release(&array)
        #expect(unsafe array.release == nil)
    }

    @Test func `batches and text that is not UTF-8 are errors`() throws {
        let buffer = try Buffer(ArrowExportTests.samples(4))
        #expect(throws: ColonnadeError.self) { try ArrowExport(buffer.batched(by: 2)) }
        for (meaning, value, message) in [
            (Field("text", kind: .string), Tensor([0xC3, 0x28] as [UInt8]), "not UTF-8"),
            (
                Field("label", .int32, meaning: .classLabels(["a"])), Tensor(scalar: Int32(1)),
                "out of range for 1 labels"
            ),
        ] {
            let schema = try Schema([meaning])
            var stream = unsafe ArrowArrayStream()
            try unsafe ArrowExport(Buffer([Sample(schema: schema, tensors: [value])])).write(to: &stream)
            var array = unsafe ArrowArray()
            #expect(unsafe stream.get_next(&stream, &array) != 0)
            #expect(unsafe String(cString: stream.get_last_error(&stream)!).contains(message))
            unsafe stream.release(&stream)
        }
    }
}
