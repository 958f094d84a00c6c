// SPDX-License-Identifier: Apache-2.0

import CFuzzSupport
import Colonnade

/// Any bytes, with right checksums: opening, reading every row, verifying and appending give values or errors.
@main enum FuzzFile {
    static func main() {
        fuzz_run { bytes, count in
            let path = String(cString: fuzz_repaired_file(bytes, count))
            guard let dataset = try? StoredDataset(path: path) else { return 0 }
            let columns = Array(0..<dataset.schema.count)
            let pool = TensorPool()
            // Rows may be many and without a byte.
            let rows = min(dataset.rowCount, 64)
            // A padded batch multiplies the largest rows; one row at a time is bounded by the file.
            for row in 0..<rows {
                for column in columns where dataset.schema[column].fixedByteCount ?? 0 <= 1 << 20 {
                    _ = try? dataset.row(row, columns: [column], from: pool)
                }
            }
            if dataset.rowCount <= 1 << 16 { _ = try? DatasetVerifier.verify(path: path) }
            return 0
        }
    }
}
