// SPDX-License-Identifier: Apache-2.0

/// A stable sort of indices by numbers: one pass for each byte in which the numbers differ (least significant byte first).
enum RadixSort {
    /// Returns the indices of `codes` in the order of the numbers. Equal numbers keep their order. O(count).
    static func indices(_ codes: [UInt64]) -> [Int] {
        let differing = codes.reduce(0) { $0 | ($1 ^ codes[0]) }
        var indices = Array(codes.indices)
        var sorted = indices
        for shift in stride(from: 0, to: UInt64.bitWidth, by: 8) where differing >> UInt64(shift) & 0xFF != 0 {
            var starts = [Int](repeating: 0, count: 257)
            for code in codes { starts[Int(code >> UInt64(shift) & 0xFF) + 1] += 1 }
            for byte in 1..<257 { starts[byte] += starts[byte - 1] }
            for index in indices {
                let byte = Int(codes[index] >> UInt64(shift) & 0xFF)
                sorted[starts[byte]] = index
                starts[byte] += 1
            }
            swap(&indices, &sorted)
        }
        return indices
    }
}
