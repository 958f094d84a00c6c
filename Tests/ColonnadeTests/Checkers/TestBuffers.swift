// SPDX-License-Identifier: Apache-2.0

import Colonnade

/// Returns samples with `x` = 0, 1, 2, … as int64 scalars.
func counting(_ count: Int, from first: Int = 0) throws -> Buffer {
    try Buffer(columns: ["x": Tensor((0..<count).map { Int64(first + $0) })])
}

/// Returns samples with ragged int32 `tokens` of the given lengths (row 3 has 300, 301, …), and with their row as `id`.
func tokens(_ lengths: [Int]) throws -> Buffer {
    let schema = try Schema([Field("tokens", .int32, [nil]), Field("id", .int64)])
    let rows = lengths.enumerated().map { row, length in
        Sample(
            schema: schema,
            tensors: [Tensor((0..<length).map { Int32(row * 100 + $0) }), Tensor(scalar: Int64(row))])
    }
    return try Buffer(rows)
}
