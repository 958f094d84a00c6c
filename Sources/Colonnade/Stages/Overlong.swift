// SPDX-License-Identifier: Apache-2.0

/// The treatment of rows that are longer than the length they are packed into.
public enum Overlong: Sendable, Hashable {
    /// Long rows are cut into pieces, each with a segment number of its own.
    case split
    /// The end of long rows is dropped.
    case truncate
    /// Long rows are dropped.
    case leaveOut
    /// A long row is an error; the stream continues after it.
    case refuse
}
