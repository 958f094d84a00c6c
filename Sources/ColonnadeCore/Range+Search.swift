// SPDX-License-Identifier: Apache-2.0

extension Range where Bound == Int {
    /// Returns the last number of a range for which a condition holds, by binary search. O(log n).
    ///
    /// - Parameter holds: a condition that holds for all numbers up to one, and for none after it. It is not asked of the first
    ///   number, for which it must hold. Traps for an empty range.
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
