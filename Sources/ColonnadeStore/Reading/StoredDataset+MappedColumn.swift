// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore
import ColonnadeFormat

extension StoredDataset {
    /// The rows of a fixed column in the mapped file. The distance between two rows is larger than a row if the column
    /// shares a group with others.
    package struct MappedColumn: Sendable {
        package let storage: TensorStorage
        /// The offset of the first row in the storage, in bytes. It may be unaligned.
        package let byteOffset: Int
        /// The distance in bytes between two rows.
        package let stride: Int
    }

    /// Returns the location of all rows of a column in the mapped file; nil unless the column is fixed and plain, and all
    /// rows are in one segment.
    ///
    /// Only `onFirstTouch` checks the rows in this call, in O(bytes). With automatic verification the caller starts
    /// `warm`, which checks them and notes damage. Throws `corruptFile`.
    package func mappedColumn(_ index: Int) throws(ColonnadeError) -> MappedColumn? {
        let column = columns[index]
        guard let group = column.group, column.codec == .plain, column.rowBytes > 0, segments.count == 1
        else { return nil }
        let start = segments[0].regions[group].offset
        try reading { () throws(ColonnadeError) in
            guard verification == .onFirstTouch else { return }
            _ = try viewed(0, start..<start + rowCount * column.stride, region: group, blocks)
        }
        return MappedColumn(
            storage: whole, byteOffset: segments[0].offset + start + column.offset, stride: column.stride)
    }
}
