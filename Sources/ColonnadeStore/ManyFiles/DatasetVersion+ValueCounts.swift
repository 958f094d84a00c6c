// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeFormat

extension DatasetVersion {
    public func row(_ row: Int, columns indices: [Int]) throws(ColonnadeError) -> [Tensor] {
        try self.row(row, columns: indices, from: TensorPool(keeping: 0))
    }

    /// Returns how often each value of a column of integers or bools occurs, as `StoredDataset` does. O(rows).
    public func valueCounts(
        ofColumn index: Int, limit: Int = 256
    ) throws(ColonnadeError) -> [(value: Int, count: Int)]? {
        let field = schema[index]
        guard field.kind == .tensor, field.shape.isEmpty, !field.dtype.isFloatingPoint else { return nil }
        var counts: [Int: Int] = [:]
        for fragment in manifest.fragments.indices {
            let found = try parts([index], ofFragment: fragment)[0]
            guard let part = try found.dataset.valueCounts(ofColumn: found.columns[0], limit: limit) else { return nil }
            for (value, count) in part { counts[value, default: 0] += count }
            guard counts.count <= limit else { return nil }
        }
        return counts.map { (value: $0.key, count: $0.value) }.sorted { $0.value < $1.value }
    }
}
