// SPDX-License-Identifier: Apache-2.0

/// The summary of a finished writer.
public struct DatasetSummary: Sendable, Hashable {
    /// Rows of the whole data set.
    public let rowCount: Int
    /// Bytes of the whole file.
    public let byteCount: Int
    /// Segments of the whole file.
    public let segmentCount: Int
    /// The number of appends to the file, this one included; 0 for a new file.
    public let appendCount: Int

    /// The number of appends from which on programs advise to add more rows at a time.
    package static let manyAppends = 1000
}
