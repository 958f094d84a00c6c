// SPDX-License-Identifier: Apache-2.0

extension Int {
    /// Returns the largest number that divides both of two numbers, which must not be negative; the other number for 0.
    package func greatestCommonDivisor(with other: Int) -> Int {
        var (larger, smaller) = (self, other)
        while smaller != 0 { (larger, smaller) = (smaller, larger % smaller) }
        return larger
    }
}
