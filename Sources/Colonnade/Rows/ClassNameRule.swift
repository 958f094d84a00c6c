// SPDX-License-Identifier: Apache-2.0

/// How class names come together where samples of several sources become one: in `appending`, `interleaved` and `mixed`.
public enum ClassNameRule: Sendable, Hashable {
    /// All sources have the same names in the same order, or none; else it is an error.
    case same
    /// Labels are mapped by their names. The names are those of the first source, then those that only later ones have.
    case byName
    /// The numbers stay as they are, and names that differ are dropped: equal numbers then may stand for different classes.
    case drop
}
