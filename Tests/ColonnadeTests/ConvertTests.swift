// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Testing

@Suite struct ConvertTests {
    /// Numbers of which each type represents some.
    private static let values: [Double] = [
        0, 1, 2.75, -1, -2.5, 100, 127, 128, 200, 255, 256, 300, -129, 40_000, 70_000, -0.0,
    ]

    /// Returns the range of an integer type and its number of bits, or nil for other types.
    private static func integers(_ dtype: DType) -> (range: ClosedRange<Double>, bits: Int)? {
        switch dtype {
        case .uint8: (0...255, 8)
        case .int8: (-128...127, 8)
        case .uint16: (0...65_535, 16)
        case .int16: (-32_768...32_767, 16)
        case .uint32: (0...4_294_967_295, 32)
        case .int32: (-2_147_483_648...2_147_483_647, 32)
        case .uint64: (0...0x1p64, 64)
        case .int64: (-0x1p63...0x1p63, 64)
        default: nil
        }
    }

    /// Returns the nearest number with `bits` significant bits, with ties to even.
    private static func rounded(_ value: Double, bits: Int) -> Double {
        guard value != 0, value.isFinite else { return value }
        let step = value.binade * (value < 0 ? -1 : 1) / Double(1 << (bits - 1))
        return (value / step).rounded(.toNearestOrEven) * step
    }

    /// Returns the expected result of a cast of a number that the source type represents.
    private static func model(_ value: Double, _ source: DType, _ target: DType) -> Double {
        switch target {
        case .bool: return value != 0 ? 1 : 0
        case .float64: return value
        case .float32: return Double(Float(value))
        // 70,000 is greater than the largest half.
        case .float16:
            return abs(value) >= 65_520 ? value.sign == .minus ? -.infinity : .infinity : rounded(value, bits: 11)
        case .bfloat16: return rounded(value, bits: 8)
        default:
            guard let (range, bits) = integers(target) else { return .nan }
            let whole = value.rounded(.towardZero)
            if source.isFloatingPoint { return min(max(whole, range.lowerBound), range.upperBound) }
            // The low bits, as a signed or unsigned number.
            if bits == 64 {
                let pattern = Int64(whole)
                return target == .uint64 ? Double(UInt64(bitPattern: pattern)) : Double(pattern)
            }
            let low = Int64(whole) & (1 << bits - 1)
            return target.isSignedInteger && low >= 1 << (bits - 1) ? Double(low - 1 << bits) : Double(low)
        }
    }

    /// Returns the numbers that a type represents, as a tensor of that type.
    private static func tensor(_ dtype: DType) -> Tensor {
        let all: [Double]
        if let (range, _) = integers(dtype) {
            all = values.filter { $0 == $0.rounded() && range.contains($0) }
        } else if dtype == .bool {
            all = [0, 1]
        } else {
            all = values.filter { model($0, .float64, dtype) == $0 }
        }
        let bytes = all.map { value -> [UInt8] in
            switch dtype {
            case .float16: return bits(HalfFloat.bits(Float(value)))
            case .bfloat16: return bits(BFloat16(Float(value)).bitPattern)
            case .float32: return bits(Float(value).bitPattern)
            case .float64: return bits(value.bitPattern)
            case .uint64: return bits(UInt64(value))
            default: return Array(bits(UInt64(bitPattern: Int64(value))).prefix(dtype.size))
            }
        }
        return SlowBatch.tensor(bytes.flatMap { $0 }, dtype, [all.count])
    }

    private static func bits<Bits: FixedWidthInteger>(_ value: Bits) -> [UInt8] {
        (0..<Bits.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    @Test(arguments: DType.allCases) func `every type becomes every other, number by number`(source: DType) async throws
    {
        let tensor = ConvertTests.tensor(source)
        let given = try reals(tensor)
        #expect(given.count >= 2)
        for target in DType.allCases {
            let expected = given.map { ConvertTests.model($0, source, target) }
            let fixed = try Buffer(columns: ["v": tensor])
            let sample = Sample(schema: try Schema([Field("v", source, [nil])]), tensors: [tensor])
            let half = Sample(
                schema: sample.schema,
                tensors: [SlowBatch.tensor(Array(rawBytes(tensor).prefix(source.size)), source, [1])])
            let (stored, file) = try TestSource.zlib.open([sample, half])
            let streams = [
                try fixed.cast("v", to: target).batched(by: given.count).stream(),
                try fixed.batched(by: given.count).cast("v", to: target).stream(),
                try fixed.stream().repeated(1).cast("v", to: target).batched(by: given.count),
                try stored.cast("v", to: target).stream(),
                try Buffer([sample, half]).cast("v", to: target).stream(),
                try stored.cast("v", to: target).batched(by: 1).stream(),
                try stored.map("v") { $0 }.cast("v", to: target).stream(),
            ]
            for stream in streams {
                let first = try samples(of: stream)[0]["v"]
                #expect(first.dtype == target && stream.schema[0].dtype == target)
                #expect(try reals(first) == expected, "\(source) to \(target)")
            }
            withExtendedLifetime(file) {}
        }
    }

    @Test func `a scale before a batch equals a scale after it`() async throws {
        let buffer = try Buffer(columns: [
            "v": Tensor((0..<10).map { Float($0) }), "n": Tensor((0..<10).map { UInt8($0) }),
        ])
        let before = try buffer.scaled("v", by: 0.5, offset: 3).cast("n", to: .float64).scaled(
            "n", by: 0.25, offset: -1)
        #expect(try before[4]["v"].item(as: Float.self) == 5)
        #expect(try before[4]["n"].item(as: Double.self) == 0)
        let after = try buffer.batched(by: 4).scaled("v", by: 0.5, offset: 3).cast("n", to: .float64).scaled(
            "n", by: 0.25, offset: -1)
        expectSame(outcomes(of: after.stream()), outcomes(of: try before.batched(by: 4).stream()), "after")
        try await checkTransform(before)
        let mapped = try buffer.map("v") { $0 }.scaled("v", by: 0.5, offset: 3).batched(by: 4)
        #expect(try mapped[1]["v"] == before.batched(by: 4)[1]["v"])
        // The column is in the sample twice, once unchanged.
        let kept = try buffer.map("v", as: "w") { $0 }.scaled("v", by: 2)
        #expect(try kept[3]["v"].item(as: Float.self) == 6)
        #expect(try kept[3]["w"].item(as: Float.self) == 3)
        try await checkTransform(kept)
    }

    @Test func `a mean is finite, and a deviation also above 0`() throws {
        let buffer = try Buffer(columns: ["v": Tensor([1, 2] as [Float])])
        func refusal(_ mean: Double, _ deviation: Double) -> String {
            let error = #expect(throws: ColonnadeError.self) {
                _ = try buffer.normalized("v", mean: [0, mean], deviation: [1, deviation])
            }
            #expect(error?.code == .invalidArgument)
            return error?.message ?? ""
        }
        for deviation in [Double.infinity, -.infinity, .nan, -1] {
            #expect(refusal(0, deviation) == "a standard deviation is \(deviation): it must be a finite number above 0")
        }
        for mean in [Double.infinity, -.infinity, .nan] {
            #expect(refusal(mean, 1) == "a mean is \(mean): it must be a finite number")
        }
        #expect(refusal(0, 0).contains("a standard deviation is 0"))
    }

    @Test func `channels are normalized, last and first`() async throws {
        // The buffer has two samples of shape [2, 3].
        let values = Tensor((0..<12).map { UInt8($0) }, shape: [2, 2, 3])
        let buffer = try Buffer(columns: ["v": values])
        let last = [0, 0, 0, 3, 1.5, 0.75, 6, 3, 1.5, 9, 4.5, 2.25].map { Float($0) }
        let first = [-1, -0.5, 0, 2, 3, 4, 2, 2.5, 3, 8, 9, 10].map { Float($0) }
        let one = (0..<12).map { Float($0) / 2 - 1 }
        for isMapped in [false, true] {
            let source = isMapped ? try buffer.map("v") { $0 } : buffer
            for isBehind in [false, true] {
                func batch(_ mean: [Double], _ deviation: [Double], _ axis: Int) throws -> [Float] {
                    let changed =
                        isBehind
                        ? try source.batched(by: 2, droppingLast: true).normalized(
                            "v", mean: mean, deviation: deviation, axis: axis)
                        : try source.normalized("v", mean: mean, deviation: deviation, axis: axis).batched(by: 2)
                    #expect(changed.schema[0].dtype == .float32)
                    return try changed[0]["v"].elements(as: Float.self)
                }
                #expect(try batch([0, 1, 2], [1, 2, 4], -1) == last)
                #expect(try batch([0, 1, 2], [1, 2, 4], isBehind ? 2 : 1) == last)
                #expect(try batch([2, 1], [2, 1], -2) == first)
                #expect(try batch([2, 1], [2, 1], isBehind ? 1 : 0) == first)
                #expect(try batch([2], [2], -1) == one)
            }
        }
        let all = try buffer.batched(by: 2, droppingLast: true).normalized(
            "v", mean: [0, 6], deviation: [1, 2], axis: 0)
        #expect(try all[0]["v"].elements(as: Float.self) == [0, 1, 2, 3, 4, 5, 0, 0.5, 1, 1.5, 2, 2.5])
        try await checkTransform(try buffer.normalized("v", mean: [2, 1], deviation: [2, 1], axis: 0))
        try await checkTransform(
            try buffer.batched(by: 2).normalized("v", mean: [0, 1, 2], deviation: [1, 2, 4]).stream())
        let wide = try buffer.cast("v", to: .float64).normalized("v", mean: [0.1], deviation: [1])
        #expect(try wide[0]["v"].elements(as: Double.self)[1] == 1 * 1 - 0.1)
    }

    @Test func `the statistics of a file suffice to normalize`() async throws {
        let schema = try Schema([Field("v", .int16), Field("same", .int8), Field("text", kind: .string)])
        let rows = [2, 4, 4, 4, 5, 5, 7, 9].map {
            Sample(schema: schema, tensors: [Tensor(scalar: Int16($0)), Tensor(scalar: Int8(3)), Tensor(utf8: "")])
        }
        let (buffer, file) = try TestSource.oneSegment.open(rows)
        // The mean is 5 and the deviation is 2.
        let expected: [Float] = [-1.5, -0.5, -0.5, -0.5, 0, 0, 1, 2]
        #expect(try buffer.normalized("v").batched(by: 8)[0]["v"].elements(as: Float.self) == expected)
        #expect(try samples(of: buffer.stream().normalized("v")).map { try $0["v"].item(as: Float.self) } == expected)
        #expect(try buffer.batched(by: 8).normalized("v")[0]["v"].elements(as: Float.self) == expected)
        try await checkTransform(try buffer.normalized("v"))
        expectError(.invalidArgument, "equal") { _ = try buffer.normalized("same") }
        expectError(.invalidArgument, "before it is changed") { _ = try buffer.cast("v", to: .float32).normalized("v") }
        expectError(.invalidArgument, "column of a file") { _ = try counting(3).normalized("x") }
        expectError(.invalidArgument, "column of a file") { _ = try buffer.stream().repeated(1).normalized("v") }
        expectError(.unknownKey) { _ = try buffer.normalized("w") }
        expectError(.invalidArgument) { _ = try buffer.normalized("text") }
        withExtendedLifetime(file) {}
    }
}
