// SPDX-License-Identifier: Apache-2.0

import Colonnade
import FuzzSupport

@main struct FuzzDataset {
    static func main() {
        fuzz(suffix: ".colonnade", resealing: resealed) { (path) throws(ColonnadeError) in
            try readRows(of: StoredDataset(path: path))
            // Without checksums, decoders get all bytes.
            try readRows(of: StoredDataset(path: path, verification: .off))
            try readRows(of: StoredDataset(path: path, verification: .onFirstTouch))
            _ = try DatasetVerifier.verify(path: path)
        }
    }

    /// Reads the first rows and the last, singly and as a batch: a file may claim any number of rows that take no
    /// bytes.
    static func readRows(of dataset: StoredDataset) throws(ColonnadeError) {
        let columns = Array(dataset.schema.indices)
        let rows = Array(0..<min(dataset.rowCount, 40)) + Array(max(0, dataset.rowCount - 3)..<dataset.rowCount)
        // Only the row that breaks a rule is refused; the others can be read.
        for row in rows { _ = try? dataset.row(row, columns: columns) }
        for column in columns { _ = try? dataset.gather(rows: rows, columns: [column]) }
        _ = try? dataset.chunk(rows: 0..<min(dataset.rowCount, 40), columns: columns)
        for column in columns { _ = try? dataset.mappedRows(0..<min(dataset.rowCount, 40), column: column) }
    }
}
