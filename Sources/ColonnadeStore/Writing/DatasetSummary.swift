// SPDX-License-Identifier: Apache-2.0

/// The size of a data set after a writer has finished. For a data set of many files, the numbers of rows and bytes are those
/// of all files, and the number of segments is that of the new file.
public struct DatasetSummary: Sendable, Hashable {
    /// The number of rows of the whole data set.
    public let rowCount: Int
    /// The number of bytes of the whole file.
    public let byteCount: Int
    /// The number of segments of the whole file.
    public let segmentCount: Int
    /// The number of appends to the file, including this one; 0 for a new file.
    public let appendCount: Int
    /// The version of a data set of many files; nil for a file.
    public var version: Int?

    /// The number of appends from which programs advise to append more rows at a time.
    package static let manyAppends = 1000
}
