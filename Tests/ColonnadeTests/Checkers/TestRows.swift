// SPDX-License-Identifier: Apache-2.0

import Colonnade

/// Makes rows with columns of all kinds, whose values depend on the row.
enum TestRows {
    static func all(_ count: Int) throws -> [Sample] {
        let dtypes = DType.allCases
        let fields =
            [
                Field("id", .int64), Field("image", .uint8, [2, 3, 4]), Field("tokens", .int32, [nil]),
                Field("grid", .float32, [nil, nil]), Field("points", .float64, [nil, 3]), Field("text", kind: .string),
                Field("raw", kind: .bytes), Field("none", .int16, [0, 2]),
            ] + dtypes.map { Field("of \($0.name)", $0, [3]) } + [Field("large", .int64, [70])]
        let schema = try Schema(fields)
        return (0..<count).map { row in
            let (high, wide) = (row % 3, (row * 7) % 4)
            var tensors = [
                Tensor(scalar: Int64(row)),
                Tensor((0..<24).map { UInt8(truncatingIfNeeded: row * 24 + $0) }, shape: [2, 3, 4]),
                Tensor((0..<(row * 5) % 7).map { Int32(row * 100 + $0) }),
                Tensor((0..<high * wide).map { Float(row) + Float($0) / 8 }, shape: [high, wide]),
                Tensor((0..<3 * (row % 4)).map { Double(row) - Double($0) / 4 }, shape: [row % 4, 3]),
                Tensor(utf8: String(repeating: "ä\(row)", count: row % 3)),
                Tensor((0..<row % 5).map { UInt8($0 + row) }),
                Tensor([Int16](), shape: [0, 2]),
            ]
            for dtype in dtypes { tensors.append(small(dtype, [row % 100, row % 2, (row * 3) % 100])) }
            tensors.append(Tensor((0..<70).map { Int64(row * 1000 + $0) }))
            return Sample(schema: schema, tensors: tensors)
        }
    }

    /// Returns small non-negative numbers as a tensor of any type.
    static func small(_ dtype: DType, _ values: [Int], shape: [Int]? = nil) -> Tensor {
        let shape = shape ?? [values.count]
        switch dtype {
        case .uint8: return Tensor(values.map { UInt8($0) }, shape: shape)
        case .int8: return Tensor(values.map { Int8($0) }, shape: shape)
        case .uint16: return Tensor(values.map { UInt16($0) }, shape: shape)
        case .int16: return Tensor(values.map { Int16($0) }, shape: shape)
        case .uint32: return Tensor(values.map { UInt32($0) }, shape: shape)
        case .int32: return Tensor(values.map { Int32($0) }, shape: shape)
        case .uint64: return Tensor(values.map { UInt64($0) }, shape: shape)
        case .int64: return Tensor(values.map { Int64($0) }, shape: shape)
        case .float32: return Tensor(values.map { Float($0) }, shape: shape)
        case .float64: return Tensor(values.map { Double($0) }, shape: shape)
        case .bfloat16: return Tensor(values.map { BFloat16(Float($0)) }, shape: shape)
        case .bool: return Tensor(values.map { $0 % 2 == 1 }, shape: shape)
        case .float16:
            let bytes = values.flatMap { value -> [UInt8] in
                let bits = HalfFloat.bits(Float(value))
                return [UInt8(truncatingIfNeeded: bits), UInt8(truncatingIfNeeded: bits >> 8)]
            }
            return SlowBatch.tensor(bytes, .float16, shape)
        }
    }
}
