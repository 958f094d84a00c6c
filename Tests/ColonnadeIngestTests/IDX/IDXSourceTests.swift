// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import Testing

@Suite struct IDXSourceTests {
    static let images = fixture("fashion-1k/train-images-idx3-ubyte.gz")
    static let labels = fixture("fashion-1k/train-labels-idx1-ubyte")

    @Test func `Fashion-MNIST, gzipped and plain`() throws {
        let images = try IDXSource(path: Self.images)
        #expect(images.types == ["image uint8[28, 28]"])
        #expect(images.rowCount == 1000)
        let rows = try rows(of: images)
        #expect(rows.count == 1000 && rows.allSatisfy { $0[0].bytes.count == 784 })
        let labels = try IDXSource(path: Self.labels)
        #expect(labels.types == ["label uint8[]"])
        #expect(try ColonnadeIngestTests.rows(of: labels).prefix(5).map { $0[0].bytes[0] } == [9, 0, 0, 3, 0])
    }

    @Test func `rows do not depend on the limits of chunks`() throws {
        #expect(try checkSource { try IDXSource(path: Self.labels) } == [])
        #expect(try checkSource { try IDXSource(path: Self.images) } == [])
    }

    /// The code of each type, its data type, its elements in the file, and the expected elements.
    static let types: [(UInt8, DType, [UInt8], [UInt8])] = [
        (0x08, .uint8, [250, 7], [250, 7]),
        (0x09, .int8, [0xFF, 7], [0xFF, 7]),
        (0x0B, .int16, [0xFF, 0xFE, 0, 7], [0xFE, 0xFF, 7, 0]),
        (0x0C, .int32, [0xFF, 0xFF, 0xFF, 0xFE, 0, 0, 1, 7], [0xFE, 0xFF, 0xFF, 0xFF, 7, 1, 0, 0]),
        (0x0D, .float32, [0x3F, 0x80, 0, 1, 0xC0, 0, 0, 0], [1, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]),
        (
            0x0E, .float64, [1, 2, 3, 4, 5, 6, 7, 8, 9, 8, 7, 6, 5, 4, 3, 2],
            [8, 7, 6, 5, 4, 3, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9]
        ),
    ]

    @Test(arguments: types)
    func `all element types`(code: UInt8, dtype: DType, stored: [UInt8], expected: [UInt8]) throws {
        let scratch = try Scratch()
        let path = try scratch.write([0, 0, code, 2, 0, 0, 0, 1, 0, 0, 0, 2] + stored, "x y.idx")
        let source = try IDXSource(path: path)
        #expect(source.types == ["x_y \(dtype.name)[2]"])
        #expect(try rows(of: source).map { $0[0].bytes } == [expected])
    }

    @Test func `the error for a wrong length has both numbers`() throws {
        let scratch = try Scratch()
        let bytes: [UInt8] = [0, 0, 8, 2, 0, 0, 0, 3, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6]
        for count in [bytes.count - 1, bytes.count + 1] {
            let path = try scratch.write(Array((bytes + [7]).prefix(count)), "a.idx")
            let error = #expect(throws: ColonnadeError.self) { _ = try IDXSource(path: path) }
            #expect(error?.message.contains("uint8[3, 2], which is 6 bytes, and \(count - 12) follow") == true)
            #expect(error?.code == .invalidSource)
        }
    }

    @Test func `the error for a wrong magic shows it`() throws {
        let scratch = try Scratch()
        let path = try scratch.write(Array("PK\u{3}\u{4}".utf8), "a.idx")
        let error = #expect(throws: ColonnadeError.self) { _ = try IDXSource(path: path) }
        #expect(error?.message.contains("50 4b 03 04") == true)
        for bytes in [[0, 0, 8, 0], [0, 0, 8, 255, 0], [0, 0, 7, 1, 0, 0, 0, 0], []] as [[UInt8]] {
            let path = try scratch.write(bytes, "a.idx")
            #expect(throws: ColonnadeError.self) { _ = try IDXSource(path: path) }
        }
    }

    @Test func `huge dimensions allocate no memory`() throws {
        let scratch = try Scratch()
        for rank in [1, 2, 4, 33, 200] {
            var bytes: [UInt8] = [0, 0, 0x0E, UInt8(rank)]
            for _ in 0..<rank { bytes += [0xFF, 0xFF, 0xFF, 0xFF] }
            let path = try scratch.write(bytes, "a.idx")
            let error = #expect(throws: ColonnadeError.self) { try exhaust(try IDXSource(path: path)) }
            #expect(error?.code == .invalidSource)
        }
    }

    @Test func `a header alone promises no more than a million rows`() throws {
        let scratch = try Scratch()
        let path = try scratch.write([0, 0, 8, 2, 0, 0x10, 0, 0, 0, 0, 0, 0], "a.idx")
        #expect(try IDXSource(path: path).rowCount == 1 << 20)
        try scratch.write([0, 0, 8, 2, 0, 0x10, 0, 1, 0, 0, 0, 0], "a.idx")
        let error = #expect(throws: ColonnadeError.self) { try IDXSource(path: path) }
        #expect(error?.code == .invalidSource && error?.message.contains("more than 1048576 rows") == true)
    }

    @Test func `truncated anywhere, or with changed bytes`() throws {
        let bytes: [UInt8] = [0, 0, 0x0B, 2, 0, 0, 0, 3, 0, 0, 0, 2] + Array(1...12)
        try checkTruncations(of: bytes, named: "a.idx") { try IDXSource(path: $0) }
        try checkFlips(of: bytes, named: "a.idx", count: 500) { try IDXSource(path: $0) }
        let images = Array(try contents(Self.images).prefix(3000))
        try checkFlips(of: images, named: "a.idx", count: 20) { try IDXSource(path: $0) }
        let error = #expect(throws: ColonnadeError.self) {
            let scratch = try Scratch()
            try exhaust(try IDXSource(path: try scratch.write(images, "cut.gz")))
        }
        #expect(error?.message.contains("truncated") == true)
        #expect(error?.description.contains("cut.gz, byte 3000") == true)
    }
}
