// SPDX-License-Identifier: Apache-2.0

/// The quote around fields of CSV that hold a delimiter, a quote or a line end.
public enum Quoting: Sendable, Hashable {
    /// No quotes in files of tab-separated values, as IANA registers them, and `"` in others.
    case automatic
    /// No quotes: they are characters like others.
    case none
    case character(Character)

    /// Returns the quote; nil for none.
    func quote(isTabSeparated: Bool) -> Character? {
        switch self {
        case .automatic: isTabSeparated ? nil : "\""
        case .none: nil
        case .character(let quote): quote
        }
    }
}
