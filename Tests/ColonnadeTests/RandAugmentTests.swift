// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Testing

/// RandAugment by exact values; `test_rand_augment.py` compares each operation with NumPy.
@Suite struct RandAugmentTests {
    @Test func `shifts are those of float32`() throws {
        // 11 / 30 of 150 / 331 of the width are 55 pixels in float32, and slightly less in float64.
        let row = (0..<331).map { UInt8($0 % 251 + 1) }
        let bytes = [UInt8]((0..<150).map { _ in row }.joined())
        let pictures = try Buffer(columns: ["image": Tensor(bytes, shape: [150, 1, 331, 1])])
        let changed = try pictures.randAugmented("image", operations: 1, magnitude: 11)
        var results: Set<[UInt8]> = []
        for index in 0..<150 { results.insert(try changed[index]["image"].elements(as: UInt8.self)) }
        let zeros = [UInt8](repeating: 0, count: 55)
        #expect(results.contains(zeros + row.dropLast(55)))
        #expect(results.contains(row.dropFirst(55) + zeros))
    }
}
