// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore
import ColonnadeFormat

extension ColumnStatistics {
    /// Returns the statistics of elements, without the lengths of rows. O(n).
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

    /// Updates the lengths of the shortest and longest row with those of further rows. `first` says that these are the
    /// column's first rows.
    mutating func noteLengths(shortest minimum: Int, longest maximum: Int, first: Bool) {
        shortest = first ? minimum : Swift.min(shortest, minimum)
        longest = Swift.max(longest, maximum)
    }
}
