// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeFormat

/// The layout of a new file: which columns lie together, codecs, metadata, and the sizes of segments and blocks.
public struct WriterOptions: Sendable {
    /// Which fixed columns share rows.
    public enum Grouping: Sendable, Hashable {
        /// Small ones together, so that a shuffled row of a table is one place in memory; large ones alone, so that a run
        /// of rows is a contiguous tensor.
        case automatic
        /// Each column apart.
        case separate
    }

    /// Whether an existing file is replaced; otherwise it is refused.
    public var replacing = false
    public var grouping = Grouping.automatic
    /// Codecs by column.
    public var codecs: NameMap<CodecID> = [:]
    /// The codec of the columns that are not in `codecs`.
    public var defaultCodec = CodecID.plain
    /// Stored with the data set, in the order of the keys' bytes.
    public var metadata: NameMap<String> = [:]
    /// Bytes of rows that are gathered before a segment is written: with what is written meanwhile, the memory that
    /// writing takes.
    public var segmentBytes = 32 << 20
    /// Checksums cover blocks of 2 to this power bytes.
    public var checksumBlockExponent = 16

    public init() {}
}
