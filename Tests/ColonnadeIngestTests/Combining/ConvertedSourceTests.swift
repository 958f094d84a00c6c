// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import Testing

@Suite struct ConvertedSourceTests {
    /// Returns the converted values of one column of scalars.
    static func convert(_ values: [[UInt8]], _ from: DType, _ to: DType) throws -> [[UInt8]] {
        let source = try ConvertedSource(
            try MemorySource([(Field("x", from), values)]), types: ["x": RequestedType(to)])
        #expect(source.types == ["x \(to.name)[]"])
        return try rows(of: source).map { $0[0].bytes }
    }

    @Test func `numbers that fit are converted`() throws {
        #expect(try Self.convert([[7], [255]], .uint8, .float32) == [bytes(Float(7)), bytes(Float(255))])
        #expect(try Self.convert([bytes(Int64(-128))], .int64, .int8) == [[0x80]])
        #expect(try Self.convert([bytes(3.0), bytes(-0.0)], .float64, .uint8) == [[3], [0]])
        #expect(try Self.convert([bytes(Double.nan)], .float64, .float32)[0][3] & 0x7F == 0x7F)
        #expect(try Self.convert([bytes(0.1)], .float64, .float32) == [bytes(Float(0.1))])
        #expect(try Self.convert([bytes(-Double.infinity)], .float64, .bfloat16) == [bytes(UInt16(0xFF80))])
        #expect(try Self.convert([bytes(UInt64(1) << 63)], .uint64, .float64) == [bytes(0x1p63)])
        #expect(try Self.convert([bytes(0x1p63)], .float64, .uint64) == [bytes(UInt64(1) << 63)])
        #expect(try Self.convert([[0], [1]], .uint8, .bool) == [[0], [1]])
        #expect(try Self.convert([[0], [1]], .bool, .float16) == [bytes(UInt16(0)), bytes(UInt16(0x3C00))])
        // The value is just above the middle of two half floats, and is a tie after rounding to float32.
        #expect(try Self.convert([bytes(1 + 0x1p-11 + 0x1p-40)], .float64, .float16) == [bytes(UInt16(0x3C01))])
        #expect(try Self.convert([bytes(1 + 0x1p-11)], .float64, .float16) == [bytes(UInt16(0x3C00))])
    }

    static let refused: [([UInt8], DType, DType, String)] = [
        (bytes(Int64(300)), .int64, .uint8, "300 is outside 0 … 255"),
        (bytes(Int64(-1)), .int64, .uint64, "-1 is beyond the range of uint64"),
        (bytes(UInt64.max), .uint64, .int64, "18446744073709551615 is beyond"),
        (bytes(0.5), .float64, .int32, "0.5 is not a whole number"),
        (bytes(Double.nan), .float64, .int32, "nan is not a whole number"),
        (bytes(Double.infinity), .float64, .int64, "inf is beyond"),
        (bytes(1e300), .float64, .float32, "1e+300 is beyond"),
        (bytes(Float(70_000)), .float32, .float16, "70000.0 is beyond"),
        ([2], .uint8, .bool, "2 is neither 0 nor 1"),
        (bytes(-1.0), .float64, .uint64, "-1.0 is beyond"),
    ]

    @Test(arguments: refused)
    func `other numbers are refused with record, column and value`(value: [UInt8], from: DType, to: DType, text: String)
        throws
    {
        var values = [[UInt8]](repeating: [UInt8](repeating: 0, count: value.count), count: 700)
        values[600] = value
        let error = #expect(throws: ColonnadeError.self) { _ = try Self.convert(values, from, to) }
        #expect(error?.message.contains(text) == true, "\(String(describing: error))")
        #expect(error?.message.contains("--type x=") == true)
        #expect(error?.place == .record(source: "memory", record: 601, column: "x"))
    }

    @Test func `every pair of types agrees with Double on small numbers`() throws {
        for from in DType.allCases {
            for to in DType.allCases {
                let zeroAndOne = try Self.convert([[0], [1]], .bool, from)
                let there = try Self.convert(zeroAndOne, from, to)
                #expect(try Self.convert(there, to, .float64) == [bytes(0.0), bytes(1.0)], "\(from) to \(to)")
            }
        }
    }

    @Test func `shapes, bytes and strings`() throws {
        let flat = try MemorySource([(Field("x", .uint8, [6]), [[1, 2, 3, 4, 5, 6]])])
        let shaped = try ConvertedSource(flat, types: ["x": RequestedType(.int16, shape: [2, 3])])
        #expect(shaped.types == ["x int16[2, 3]"])
        #expect(try rows(of: shaped)[0][0].bytes == bytes(Int16(1), 2, 3, 4, 5, 6))
        let text = { try MemorySource([(Field("x", kind: .bytes), [Array("grün".utf8), [0xFF]])]) }
        let source = try ConvertedSource(try text(), types: ["x": .string])
        let error = #expect(throws: ColonnadeError.self) { try exhaust(source) }
        #expect(error?.place == .record(source: "memory", record: 2, column: "x"))
        #expect(try ConvertedSource(try text(), types: ["x": RequestedType(.uint8)]).types == ["x uint8[?]"])
        let ragged = try MemorySource([(Field("x", .uint8, [nil]), [[1, 2], [], [3]])])
        let wide = try rows(of: try ConvertedSource(ragged, types: ["x": RequestedType(.int16)]))
        #expect(wide.map { $0[0].bytes } == [bytes(Int16(1), 2), [], bytes(Int16(3))])
        for type in [RequestedType(.uint8, shape: [5]), .string, RequestedType(.uint8, shape: [nil])] {
            #expect(throws: ColonnadeError.self) { _ = try ConvertedSource(flat, types: ["x": type]) }
        }
        #expect(throws: ColonnadeError.self) { _ = try ConvertedSource(flat, types: ["y": .string]) }
    }

    @Test func `rows do not depend on the limits of chunks`() throws {
        let source = {
            try ConvertedSource(
                try MemorySource([
                    (Field("x", .uint8, [nil]), (0..<100).map { [UInt8](repeating: UInt8($0), count: $0 % 5) }),
                    (Field("y", .int32), (0..<100).map { bytes(Int32($0)) }),
                ]), types: ["x": RequestedType(.float64), "y": RequestedType(.int8)])
        }
        #expect(try checkSource { try source() } == [])
    }
}
