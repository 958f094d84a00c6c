// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat

extension ColumnChunk {
    /// Throws `invalidArgument`, with row and column, for an integer that is not a valid class of the field. If all
    /// integers are valid, the cost is O(1), because the statistics show it.
    func checkLabels(_ field: Field, _ statistics: ColumnStatistics, firstRow: Int) throws(ColonnadeError) {
        guard let range = field.labelRange, statistics.elements > 0,
            statistics.min.double < Double(range.lowerBound) || statistics.max.double >= Double(range.upperBound)
        else { return }
        let size = field.dtype.size
        let bytes = values
        for index in 0..<bytes.count / size {
            let label = Self.integer(bytes[index * size..<(index + 1) * size], isSigned: field.dtype.isSignedInteger)
            if let label, range.contains(label) { continue }
            let row = field.fixedByteCount.map { index * size / $0 } ?? ends.firstIndex { $0 > index * size } ?? 0
            throw ColonnadeError(
                .invalidArgument, field.noLabelMessage(for: label.map(String.init) ?? "an integer beyond int64"),
                at: .row(firstRow + row, column: field.name))
        }
    }

    /// Returns the little-endian integer in some bytes, or nil if an `Int` cannot represent it.
    private static func integer(_ bytes: ArraySlice<UInt8>, isSigned: Bool) -> Int? {
        var bits: UInt64 = 0
        for byte in bytes.reversed() { bits = bits << 8 | UInt64(byte) }
        guard isSigned else { return Int(exactly: bits) }
        let unused = 64 - bytes.count * 8
        return Int(Int64(bitPattern: bits << unused) >> unused)
    }
}
