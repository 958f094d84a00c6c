// SPDX-License-Identifier: Apache-2.0

/// Sums and products of counts that stop at `Int.max`, for comparisons with a limit that is far below it.
extension Int {
    /// Returns the product of two counts, `Int.max` where an `Int` does not hold it. Neither is negative.
    @inlinable
    package func saturatingProduct(_ other: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }

    /// Returns the sum of two counts, `Int.max` where an `Int` does not hold it. Neither is negative.
    @inlinable
    package func saturatingSum(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
