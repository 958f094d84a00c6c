// SPDX-License-Identifier: Apache-2.0

/// The contents of a region: the rows of a group, or the ends, dimensions or values of a column. The kinds follow from
/// the schema, so all segments have the same list of kinds.
package struct RegionKind: Sendable, Hashable {
    package enum Contents: Sendable, Hashable { case rows, ends, dimensions, values }

    package var contents: Contents
    /// The index of the group if the contents are `rows`, otherwise the index of the column.
    package var index: Int
    package var codec: CodecID
    /// The number of decoded bytes of one row; nil for values, whose length does not depend on the number of rows.
    package var bytesPerRow: Int?
}
