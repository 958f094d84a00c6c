// SPDX-License-Identifier: Apache-2.0

extension Range where Bound == Int {
    /// Returns the last number of a range for which a condition is true, by binary search. O(log n). Traps for an empty
    /// range.
    ///
    /// - Parameter holds: a condition that is true for all numbers up to some number of the range, and false after it.
    ///   It must be true for the first number of the range, and is not called for it.
    @inlinable
    package func lastByBisection(where holds: (Int) -> Bool) -> Int {
        precondition(!isEmpty, "an empty range has no last number")
        var (low, high) = (lowerBound, upperBound)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if holds(middle) { low = middle } else { high = middle }
        }
        return low
    }
}
