// SPDX-License-Identifier: Apache-2.0

/// The treatment of rows that are longer than the length they are packed into.
public enum Overlong: Sendable, Hashable {
    /// They are cut in pieces, each a segment of its own.
    case split
    /// Their end is left out.
    case truncate
    /// They are left out.
    case leaveOut
    /// They are errors, at the row; the stream goes on behind it.
    case refuse
}
