// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore
import ColonnadeFormat

extension ColumnStatistics {
    /// Returns the statistics of these elements, without the lengths of rows. O(n).
    static func of(_ elements: RawSpan, _ dtype: DType) -> ColumnStatistics {
        var result = colonnade_statistics()
        let count = elements.byteCount / dtype.size
        unsafe elements.withUnsafeBytes { memory in
            guard let base = memory.baseAddress else { return }
            unsafe colonnade_statistics(dtype.rawValue, base, count, &result)
        }
        let nonFinite = Int(result.non_finite)
        func number(_ bits: UInt64) -> Number {
            if dtype.isFloatingPoint { return .floating(Double(bitPattern: bits)) }
            return dtype.isSignedInteger ? .signed(Int64(bitPattern: bits)) : .unsigned(bits)
        }
        return ColumnStatistics(
            elements: count, nonFinite: nonFinite, min: number(result.minimum), max: number(result.maximum),
            mean: result.mean, deviation: result.deviation)
    }

    /// Notes rows of these numbers of elements; `first` if the column had no row before.
    mutating func noteLengths(shortest least: Int, longest most: Int, first: Bool) {
        shortest = first ? least : Swift.min(shortest, least)
        longest = Swift.max(longest, most)
    }
}
