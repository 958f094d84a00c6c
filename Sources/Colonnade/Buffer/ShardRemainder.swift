// SPDX-License-Identifier: Apache-2.0

/// The treatment of samples that are left over where the number of ranks does not divide their number.
public enum ShardRemainder: Sendable, Hashable {
    /// They are left out.
    case drop
    /// Ranks that would go without take one of the last group again.
    case `repeat`
    /// The same, and a bool under this key says whether a sample is the rank's own.
    case mask(String = "mask")
}
