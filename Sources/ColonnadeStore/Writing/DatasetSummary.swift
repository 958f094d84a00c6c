// SPDX-License-Identifier: Apache-2.0

/// What a finished writer made.
public struct DatasetSummary: Sendable, Hashable {
    /// Rows of the whole data set.
    public let rowCount: Int
    /// Bytes of the whole file.
    public let byteCount: Int
    /// Segments of the whole file.
    public let segmentCount: Int
    /// How many times the file was appended to, this time included; 0 for a new one.
    public let appendCount: Int

    /// From this many appends on, programs advise to add more rows at a time.
    package static let manyAppends = 1000
}
