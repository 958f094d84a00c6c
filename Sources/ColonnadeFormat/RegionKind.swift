// SPDX-License-Identifier: Apache-2.0

/// The contents of a region: the rows of a group, or the ends, dimensions or values of a column. All segments have the
/// same list of kinds, which follows from the schema.
package struct RegionKind: Sendable, Hashable {
    package enum Part: Sendable, Hashable { case rows, ends, dimensions, values }

    package var part: Part
    /// The group of `rows`, the column of the others.
    package var index: Int
    package var codec: CodecID
    /// Decoded bytes of one row; nil for values, whose length the rows do not tell.
    package var bytesPerRow: Int?
}
