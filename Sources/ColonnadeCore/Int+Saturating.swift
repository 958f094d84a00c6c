// SPDX-License-Identifier: Apache-2.0

/// Sums and products of counts that stop at `Int.max`, for comparisons with a much lower limit.
extension Int {
    /// Returns the product of two counts, or `Int.max` if an `Int` cannot represent it. Neither count may be negative.
    @inlinable
    package func saturatingProduct(_ other: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }

    /// Returns the sum of two counts, or `Int.max` if an `Int` cannot represent it. Neither count may be negative.
    @inlinable
    package func saturatingSum(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
