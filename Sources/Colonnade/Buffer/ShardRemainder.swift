// SPDX-License-Identifier: Apache-2.0

/// The treatment of the last samples if the number of ranks does not divide the number of samples.
public enum ShardRemainder: Sendable, Hashable {
    /// Drops the last samples.
    case drop
    /// Gives one of the last samples again to each rank without one. So every sample is used, and all ranks have the
    /// same number.
    case `repeat`
    /// Repeats samples as `repeat` does, and adds a bool under this key: false for a repeated sample.
    case mask(String = "mask")
}
