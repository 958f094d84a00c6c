// SPDX-License-Identifier: Apache-2.0

/// What a finished writer made.
public struct DatasetSummary: Sendable, Hashable {
    /// Rows of the whole data set.
    public let rowCount: Int
    /// Bytes of the whole file.
    public let byteCount: Int
    /// Segments of the whole file.
    public let segmentCount: Int
}
