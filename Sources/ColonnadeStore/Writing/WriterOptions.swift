// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// The layout of a new file: the grouping of columns, codecs, metadata, and the sizes of segments and blocks.
public struct WriterOptions: Sendable {
    /// The way in which fixed columns are grouped.
    public enum Grouping: Sendable, Hashable {
        /// Groups small columns, so that a shuffled row of a table is contiguous in memory. Each large column is alone,
        /// so that consecutive rows are a contiguous tensor.
        case automatic
        /// Gives each column a group of its own.
        case separate
    }

    /// Whether an existing file may be replaced. Otherwise it is an error.
    public var replacing = false
    public var grouping = Grouping.automatic
    /// The codecs of columns, by name.
    public var codecs: NameMap<ColumnCodec> = [:]
    /// The codec of the columns that are not in `codecs`.
    public var defaultCodec = ColumnCodec.plain
    /// Texts that are stored with the data set, in the order of the keys' bytes.
    public var metadata: NameMap<String> = [:]
    /// Finds the entry points of JPEG files in columns of the media types `image/jpeg` and `image/*`: `MediaFiles()` of
    /// ColonnadeMedia. nil stores none.
    public var entryPoints: (any EntryPointFinder)?
    /// The number of bytes of rows in a segment, which determines most of the memory that a writer uses. By default it is
    /// 32 MiB of the rows that the writer must buffer. If all rows have one size, those of the first group are not
    /// buffered, so that a segment can be much longer, and a column of it is one view of the file.
    public var segmentBytes: Int?
    /// The size of the blocks that checksums cover, as an exponent of 2.
    public var checksumBlockExponent = 16

    public init() {}
}
