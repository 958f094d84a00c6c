// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

extension StoredDataset {
    /// Returns how often each value of a column of integers or bools occurs, sorted by value. It reads the column once,
    /// with memory that does not depend on the number of rows.
    ///
    /// Returns nil for columns that are not scalar integers or bools, that have more than `limit` different values, or
    /// that have a value beyond `Int`. In the last two cases the remaining rows are not read.
    ///
    /// Throws `corruptFile`. O(rows).
    public func valueCounts(
        ofColumn index: Int, limit: Int = 256
    ) throws(ColonnadeError) -> [(value: Int, count: Int)]? {
        let field = schema[index]
        guard field.kind == .tensor, field.shape.isEmpty, !field.dtype.isFloatingPoint else { return nil }
        let pool = TensorPool(keeping: 1)
        var counts: [Int: Int] = [:]
        for start in stride(from: 0, to: rowCount, by: Self.rowsAtOnce) {
            let rows = start..<min(start + Self.rowsAtOnce, rowCount)
            var tensor = try mappedRows(rows, column: index)
            if tensor == nil { tensor = try gather(rows: Array(rows), columns: [index], from: pool).first }
            let isCounted = try tensor?.count(into: &counts, limit: limit) ?? false
            try checkIntact()
            guard isCounted else { return nil }
        }
        return counts.map { (value: $0.key, count: $0.value) }.sorted { $0.value < $1.value }
    }

    private static let rowsAtOnce = 1 << 16
}

extension Tensor {
    /// Counts the elements. Returns false if there are too many different values, or if one is beyond `Int`.
    fileprivate func count(into counts: inout [Int: Int], limit: Int) throws(ColonnadeError) -> Bool {
        switch dtype {
        case .uint8: try count(UInt8.self, &counts, limit)
        case .int8: try count(Int8.self, &counts, limit)
        case .uint16: try count(UInt16.self, &counts, limit)
        case .int16: try count(Int16.self, &counts, limit)
        case .uint32: try count(UInt32.self, &counts, limit)
        case .int32: try count(Int32.self, &counts, limit)
        case .uint64: try count(UInt64.self, &counts, limit)
        case .int64: try count(Int64.self, &counts, limit)
        // A damaged file may contain a 2, which is not a Bool.
        case .bool:
            try Tensor(dtype: .uint8, shape: shape, storage: storage, byteOffset: byteOffset)
                .count(UInt8.self, &counts, limit)
        case .float16, .bfloat16, .float32, .float64: false
        }
    }

    private func count<Scalar: TensorScalar & FixedWidthInteger>(
        _ type: Scalar.Type, _ counts: inout [Int: Int], _ limit: Int
    ) throws(ColonnadeError) -> Bool {
        try withSpan(as: type) { (elements) throws(ColonnadeError) in
            // A table is about ten times as fast as a dictionary, and most labels are bytes.
            if type == UInt8.self { return elements.countBytes(into: &counts, limit) }
            for index in elements.indices {
                guard let value = Int(exactly: elements[index]) else { return false }
                counts[value, default: 0] += 1
                guard counts.count <= limit else { return false }
            }
            return true
        }
    }
}

extension Span where Element: FixedWidthInteger & BitwiseCopyable {
    /// Counts elements, which must be numbers from 0 to 255. Returns false if there are too many different values.
    fileprivate func countBytes(into counts: inout [Int: Int], _ limit: Int) -> Bool {
        var table = [Int](repeating: 0, count: 256)
        for index in indices { table[Int(self[index])] += 1 }
        for (value, count) in table.enumerated() where count > 0 { counts[value, default: 0] += count }
        return counts.count <= limit
    }
}
