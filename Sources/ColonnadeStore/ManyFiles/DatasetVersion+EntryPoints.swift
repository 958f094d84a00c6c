// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore
import ColonnadeFormat

extension DatasetVersion {
    /// Returns whether the columns of new files have entry points for a column.
    public func hasEntryPoints(ofColumn index: Int) -> Bool { entryPointColumns[index] != nil }

    /// Returns the entry points of a row, as `StoredDataset.entryPoints` does. Throws the errors of opening the file too.
    package func entryPoints(
        ofRow row: Int, column index: Int, from pool: TensorPool
    ) throws(ColonnadeError) -> Tensor? {
        guard hasEntryPoints(ofColumn: index) else { return nil }
        let (fragment, local) = place(ofRow: row)
        let part = try parts([index], ofFragment: fragment)[0]
        return try part.dataset.entryPoints(ofRow: local, column: part.columns[0], from: pool)
    }
}
