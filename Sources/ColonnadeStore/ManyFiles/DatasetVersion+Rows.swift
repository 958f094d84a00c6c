// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// Access to rows of a version, file by file.
extension DatasetVersion {
    package func row(_ row: Int, columns indices: [Int], from pool: TensorPool) throws(ColonnadeError) -> [Tensor] {
        let (fragment, local) = place(ofRow: row)
        return try collect(indices, ofFragment: fragment) { (file, columns, _) throws(ColonnadeError) in
            try file.row(local, columns: columns, from: pool)
        }
    }

    /// Returns the shape of a value without reading its elements. Throws `corruptFile`, and the errors of opening the file.
    package func shape(ofRow row: Int, column index: Int) throws(ColonnadeError) -> [Int] {
        let (fragment, local) = place(ofRow: row)
        let part = try parts([index], ofFragment: fragment)[0]
        return try part.dataset.shape(ofRow: local, column: part.columns[0])
    }

    /// Requests rows of a version that is larger than memory, as `StoredDataset.expect(rows:columns:)` does. An error of a file
    /// is thrown when its rows are read.
    package func expect(rows: [Int], columns indices: [Int]) {
        for row in rows {
            let (fragment, local) = place(ofRow: row)
            for part in (try? parts(indices, ofFragment: fragment)) ?? [] {
                part.dataset.expect(rows: [local], columns: part.columns)
            }
        }
    }

    /// Requests consecutive rows, all of which will be read soon, as `StoredDataset.expect(block:columns:_:)` does.
    package func expect(block rows: Range<Int>, columns indices: [Int], _ part: RequestedPart) {
        for (dataset, rows, columns) in files(ofRows: rows, columns: indices) {
            dataset.expect(block: rows, columns: columns, part)
        }
    }

    /// Returns the files of consecutive rows, with the rows and the columns in each. Files with an error are left out.
    func files(
        ofRows rows: Range<Int>, columns indices: [Int]
    ) -> [(dataset: StoredDataset, rows: Range<Int>, columns: [Int])] {
        var files: [(StoredDataset, Range<Int>, [Int])] = []
        var row = rows.lowerBound
        while row < rows.upperBound {
            let (fragment, local) = place(ofRow: row)
            let count = min(rows.upperBound, self.rows(ofFragment: fragment).upperBound) - row
            for part in (try? parts(indices, ofFragment: fragment)) ?? [] {
                files.append((part.dataset, local..<local + count, part.columns))
            }
            row += count
        }
        return files
    }

    /// Returns consecutive rows of a column without a copy; nil where they are not contiguous in one file.
    package func mappedRows(_ rows: Range<Int>, column index: Int) throws(ColonnadeError) -> Tensor? {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "rows \(rows) of \(rowCount)")
        guard !rows.isEmpty else { return nil }
        let (fragment, local) = place(ofRow: rows.lowerBound)
        guard rows.upperBound <= self.rows(ofFragment: fragment).upperBound else { return nil }
        let part = try parts([index], ofFragment: fragment)[0]
        return try part.dataset.mappedRows(local..<local + rows.count, column: part.columns[0])
    }

    /// Returns columns of some rows, each stacked along a new first dimension. Rows of several files are gathered file by
    /// file, in time that is proportional to the number of files in addition.
    package func gather(
        _ rows: [Int], _ requests: [ColumnRequest], from pool: TensorPool
    ) throws(ColonnadeError) -> [Tensor] {
        var indices: [Int: [Int]] = [:]
        let places = rows.map(place)
        for (index, place) in places.enumerated() { indices[place.fragment, default: []].append(index) }
        if indices.count == 1, let fragment = indices.keys.first {
            return try gather(fragment, places.map(\.row), requests, pool)
        }
        var values = [[Tensor?]](repeating: [Tensor?](repeating: nil, count: rows.count), count: requests.count)
        for (fragment, indices) in indices.sorted(by: { $0.key < $1.key }) {
            let tensors = try gather(fragment, indices.map { places[$0].row }, requests.map(\.padded), pool)
            for (slot, tensor) in tensors.enumerated() {
                for (row, index) in indices.enumerated() { values[slot][index] = tensor[row] }
            }
        }
        var result: [Tensor] = []
        for (request, values) in zip(requests, values) {
            var field = schema[request.column]
            field.dtype = request.conversion?.target ?? field.dtype
            result.append(
                try PaddedRows(values.compactMap { $0 }, as: field, number: { rows[$0] }).stacked(
                    padding: request.padding, from: pool))
        }
        return result
    }

    private func gather(
        _ fragment: Int, _ rows: [Int], _ requests: [ColumnRequest], _ pool: TensorPool
    ) throws(ColonnadeError) -> [Tensor] {
        try collect(requests.map(\.column), ofFragment: fragment) { (file, columns, places) throws(ColonnadeError) in
            let own = zip(places, columns).map { place, column in
                requests[place].of(column)
            }
            return try BlockGather(file, own, batchesOf: rows.count, from: pool).batch(of: rows)
        }
    }

    package func gather(
        rows: [Int], columns: [Int], from pool: TensorPool
    ) throws(ColonnadeError) -> [Tensor] {
        try gather(rows, columns.map { ColumnRequest(column: $0) }, from: pool)
    }

    /// Returns consecutive rows as a chunk, for another writer. Throws `corruptFile` with the row and column. O(bytes).
    public func chunk(rows: Range<Int>, columns indices: [Int]) throws(ColonnadeError) -> RecordChunk {
        var chunk = RecordChunk(rowCount: 0, columns: indices.map { _ in ColumnChunk() })
        var row = rows.lowerBound
        while row < rows.upperBound {
            let (fragment, local) = place(ofRow: row)
            let end = min(rows.upperBound, self.rows(ofFragment: fragment).upperBound)
            let rowsOfFragment = local..<local + end - row
            let parts = try collect(indices, ofFragment: fragment) { (file, columns, _) throws(ColonnadeError) in
                try file.chunk(rows: rowsOfFragment, columns: columns).columns
            }
            if rowsOfFragment.count == rows.count { return RecordChunk(rowCount: rows.count, columns: parts) }
            for index in indices.indices { chunk.columns[index].append(parts[index]) }
            chunk.rowCount += rowsOfFragment.count
            row = end
        }
        return chunk
    }
}

extension ColumnChunk {
    /// Appends the rows of another chunk of the column.
    fileprivate mutating func append(_ other: ColumnChunk) {
        let first = values.count
        ends += other.ends.map { first + $0 }
        dimensions += other.dimensions
        values += other.values
    }
}
