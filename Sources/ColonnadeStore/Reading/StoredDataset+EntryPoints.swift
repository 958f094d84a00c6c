// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore
import ColonnadeFormat

/// Entry points of the JPEG files in a column, with which parts of the pictures are decoded faster.
extension StoredDataset {
    /// Returns whether a column was written with entry points. Rows whose file has none are possible.
    public func hasEntryPoints(ofColumn index: Int) -> Bool { entryPointColumns[index] != nil }

    /// Returns the number of bytes of the entry points of a column; nil for a column without. O(segments).
    public func entryPointByteCount(ofColumn index: Int) -> Int? {
        entryPointColumns[index].map { storage(ofColumn: $0).byteCount }
    }

    /// Returns the entry points of a row: a list of uint8. The result is nil if the row has none, or if their blocks are damaged:
    /// they only save time, and `DatasetVerifier` reports the damage. Traps if the row is out of range.
    ///
    /// Throws `corruptFile` if the file lost its rows, or `outOfMemory`.
    package func entryPoints(
        ofRow row: Int, column index: Int, from pool: TensorPool
    ) throws(ColonnadeError) -> Tensor? {
        guard let column = entryPointColumns[index] else { return nil }
        let value = try reading { () throws(ColonnadeError) -> Tensor? in
            // Their blocks are checked before they are used, unless verification is off: wrong entry points would give wrong pixels
            // without an error.
            var reader = RowReader(self, inOrder: true)
            do throws(ColonnadeError) {
                return try reader.variableValue(row, columns[column], pool)
            } catch {
                guard error.code == .corruptFile else { throw error }
                return nil
            }
        }
        return value?.byteCount == 0 ? nil : value
    }
}
