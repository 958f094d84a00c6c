// SPDX-License-Identifier: Apache-2.0

/// The treatment of the last samples if the number of ranks does not divide the number of samples.
public enum ShardRemainder: Sendable, Hashable {
    /// Drops them.
    case drop
    /// Gives ranks without a sample one of the last samples again, so that all samples are there and all ranks have equally many.
    case `repeat`
    /// Repeats samples as `repeat` does, and adds a bool under this key: false for a repeated sample.
    case mask(String = "mask")
}
