// SPDX-License-Identifier: Apache-2.0

/// The size of a data set after a writer has finished.
public struct DatasetSummary: Sendable, Hashable {
    /// The number of rows of the whole data set.
    public let rowCount: Int
    /// The number of bytes of the whole file.
    public let byteCount: Int
    /// The number of segments of the whole file.
    public let segmentCount: Int
    /// The number of appends to the file, including this one; 0 for a new file.
    public let appendCount: Int

    /// The number of appends from which programs advise to append more rows at a time.
    package static let manyAppends = 1000
}
