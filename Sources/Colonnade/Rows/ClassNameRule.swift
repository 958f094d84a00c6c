// SPDX-License-Identifier: Apache-2.0

/// The rule for class names where several sources become one: in `appending`, `concatenating`, `interleaved` and `mixed`.
public enum ClassNameRule: Sendable, Hashable {
    /// Sources whose names or their order differ are an error.
    case same
    /// Labels are mapped by their names. The names are those of the first source, then those that only later ones have.
    case byName
    /// The numbers stay as they are, and names that differ are dropped: equal numbers then may stand for different classes. Units
    /// of times are dropped, too, where another source has plain numbers under the same key.
    case drop
}
