// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

extension ArrowRows {
    /// Returns some of the rows. Elements in the layout of the file are lent and not copied.
    func chunk(_ rows: Range<Int>) throws(ColonnadeError) -> ColumnChunk {
        var chunk: ColumnChunk
        if let lent = try lent(rows) { chunk = lent } else { chunk = ColumnChunk(values: try copied(rows)) }
        if column.field.isRagged {
            let base = rows.lowerBound == 0 ? 0 : ends[rows.lowerBound - 1]
            chunk.ends = base == 0 ? Array(ends[rows]) : ends[rows].map { $0 - base }
            let varying = column.field.varyingCount
            if varying > 1 {
                chunk.dimensions = Array(dimensions[rows.lowerBound * varying..<rows.upperBound * varying])
            }
        }
        try check(chunk, rows)
        return chunk
    }

    /// Returns a byte for each of the rows: 0 where it, or an element of it, was missing.
    func validity(_ rows: Range<Int>) throws(ColonnadeError) -> [UInt8] {
        var bytes = [UInt8](repeating: 1, count: rows.count)
        for row in rows where !missing.isEmpty || hasMissingElements {
            var isThere = !missing.contains(row)
            if isThere, hasMissingElements { isThere = try isWhole(bounds.range(row..<row + 1)) }
            if !isThere { bytes[row - rows.lowerBound] = 0 }
        }
        return bytes
    }

    /// Whether none of the elements, or of the values that they stand for, is missing.
    private func isWhole(_ places: Range<Int>) throws(ColonnadeError) -> Bool {
        guard leaf.firstNull(in: places) == nil else { return false }
        guard let dictionary, case .dictionary(let dtype, _, _) = column.leaf else { return true }
        for place in places {
            if let index = try leaf.integer(place, dtype), dictionary.isMissing(index) { return false }
        }
        return true
    }

    /// Returns the number of bytes of these rows in the output.
    func byteCount(_ rows: Range<Int>) -> Int {
        if let bytes = column.field.fixedByteCount { return bytes * rows.count }
        guard !rows.isEmpty else { return 0 }
        return ends[rows.upperBound - 1] - (rows.lowerBound == 0 ? 0 : ends[rows.lowerBound - 1])
    }

    private func lent(_ rows: Range<Int>) throws(ColonnadeError) -> ColumnChunk? {
        guard missing.isEmpty, !hasMissingElements else { return nil }
        let storage: TensorStorage?
        switch column.leaf {
        case .elements:
            storage = try leaf.lent(bounds.range(rows), width: column.width, alignment: column.field.dtype.size)
        case .dictionary where dictionary?.isIdentity == true:
            storage = try leaf.lent(bounds.range(rows), width: column.width, alignment: column.field.dtype.size)
        case .bytes(.bytes): storage = try leaf.lentData(dataEnds[rows.lowerBound]..<dataEnds[rows.upperBound])
        default: storage = nil
        }
        return storage.map { ColumnChunk(lending: 0..<$0.byteCount, of: $0) }
    }

    private func copied(_ rows: Range<Int>) throws(ColonnadeError) -> [UInt8] {
        var values: [UInt8] = []
        values.reserveCapacity(byteCount(rows))
        try missing.runs(of: rows) { (run, isMissing) throws(ColonnadeError) in
            guard isMissing else { return try decode(run, to: &values) }
            guard let fill = column.fill, column.isVariable || !column.field.isRagged else { return }
            let repeats = column.isVariable ? 1 : column.field.fixedElementCount
            for _ in run.indices {
                for _ in 0..<repeats { values.append(contentsOf: fill) }
            }
        }
        return values
    }

    /// Appends rows that are there.
    private func decode(_ rows: Range<Int>, to values: inout [UInt8]) throws(ColonnadeError) {
        let range = bounds.range(rows)
        let start = values.count
        switch column.leaf {
        case .elements: try leaf.append(range, width: column.width, to: &values)
        case .bits: try leaf.appendBits(range, to: &values)
        case .bool8:
            try leaf.append(range, width: 1, to: &values)
            for index in start..<values.count where values[index] != 0 { values[index] = 1 }
        case .bytes(.bytes):
            try leaf.appendData(dataEnds[rows.lowerBound]..<dataEnds[rows.upperBound], to: &values)
        case .bytes:
            for place in range { try leaf.appendView(place, to: &values) }
        case .dictionary(let dtype, _, _):
            let placeholder = column.fill ?? []
            for place in range {
                let index = leaf.isNull(place) ? nil : try leaf.integer(place, dtype)
                if let index, let dictionary, !dictionary.isMissing(index) {
                    dictionary.append(index, to: &values)
                } else {
                    // A missing value has a fill, or an error has been thrown.
                    for _ in 0..<max(1, column.width / max(1, placeholder.count)) { values += placeholder }
                }
            }
            return
        }
        guard hasMissingElements, let fill = column.fill else { return }
        let width = column.width
        for place in range where leaf.isNull(place) {
            let element = start + (place - range.lowerBound) * width
            for byte in 0..<width { values[element + byte] = fill[byte % fill.count] }
        }
    }

    /// Reads the dictionary, and looks at each index. Gives those of the rows, if rows are not lists.
    mutating func readDictionary(
        _ dtype: DType, _ type: ArrowType, _ use: ArrowColumn.DictionaryUse
    ) throws(ColonnadeError) -> [Int] {
        var values = try ArrowDictionary(try leaf.dictionary(type), width: column.width)
        var unknown: [Int: String] = [:]
        if use == .labels, let labels = column.labels { unknown = try values.number(labels, dtype) }
        let size = values.count
        let isElement = !column.levels.isEmpty
        dictionary = values
        var indices: [Int] = []
        for row in 0..<count where !missing.contains(row) || !isElement {
            var last = 0
            for place in bounds.range(row..<row + 1) where !missing.contains(row) && !leaf.isNull(place) {
                guard let index = try leaf.integer(place, dtype), index >= 0, index < size else {
                    throw column.fault(
                        "an index is not among the \(size) values of the dictionary; this is a defect of what made it",
                        source: source, row: firstRow + row)
                }
                if let name = unknown[index] {
                    throw column.fault(
                        "the dictionary of this batch has \"\(name.prefix(40))\", which the first had not: unify "
                            + "the dictionaries first, or keep the column as text: schema={\"\(column.name)\": \"string\"}",
                        source: source, row: firstRow + row)
                }
                if values.isMissing(index) { try noteMissing(row, isElement: isElement) }
                last = index
            }
            if !isElement { indices.append(last) }
        }
        return indices
    }
}
