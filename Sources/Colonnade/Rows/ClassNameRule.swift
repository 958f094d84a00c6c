// SPDX-License-Identifier: Apache-2.0

/// The rule for class names when several sources become one: in `appending`, `concatenating`, `interleaved` and
/// `mixed`.
public enum ClassNameRule: Sendable, Hashable {
    /// Different names, or a different order of names, are an error.
    case same
    /// Labels are mapped by their names. The names are those of the first source, then those that only later ones have.
    case byName
    /// The numbers do not change, and names that differ are dropped. Equal numbers may then mean different classes.
    /// Units of times are dropped too, if another source has plain numbers under that key.
    case drop
}
