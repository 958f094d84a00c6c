// SPDX-License-Identifier: Apache-2.0

extension ArraySlice<Int> {
    /// The numbers as a range, if each is one more than the one before it; nil for others and for none.
    var consecutive: Range<Int>? {
        // Comparing the first and the last number rejects most others.
        guard let first, let last, last - first == count - 1 else { return nil }
        return zip(self, first...).allSatisfy(==) ? first..<last + 1 : nil
    }
}
