// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// Statistics of a column's elements, computed while the column was written.
public struct ColumnStatistics: Sendable, Hashable {
    /// A number of the data type's class: signed, unsigned or floating-point.
    public enum Number: Sendable, Hashable {
        case signed(Int64)
        case unsigned(UInt64)
        case floating(Double)

        public var double: Double {
            switch self {
            case .signed(let value): Double(value)
            case .unsigned(let value): Double(value)
            case .floating(let value): value
            }
        }
    }

    /// The number of elements in all rows.
    public var elements = 0
    /// The number of elements that are NaN or infinite.
    public var nonFinite = 0
    /// The smallest finite element; zero if there is none.
    public var min: Number
    public var max: Number
    /// The mean of the finite elements.
    public var mean = 0.0
    /// The population standard deviation of the finite elements.
    public var deviation = 0.0
    /// The number of elements of the shortest row.
    public var shortest = 0
    public var longest = 0

    public var finite: Int { elements - nonFinite }

    package init(_ dtype: DType) {
        min = Number(bits: 0, dtype)
        max = min
    }

    package init(elements: Int, nonFinite: Int, min: Number, max: Number, mean: Double, deviation: Double) {
        self.elements = elements
        self.nonFinite = nonFinite
        self.min = min
        self.max = max
        self.mean = mean
        self.deviation = deviation
    }

    /// Adds the elements that `other` describes (Chan, Golub and LeVeque 1979). The caller updates `shortest` and
    /// `longest`, which depend on rows.
    package mutating func merge(_ other: ColumnStatistics) {
        elements += other.elements
        defer { nonFinite += other.nonFinite }
        guard other.finite > 0 else { return }
        let before = elements - other.elements - nonFinite
        guard before > 0 else {
            (min, max, mean, deviation) = (other.min, other.max, other.mean, other.deviation)
            return
        }
        min = min.least(other.min)
        max = max.greatest(other.max)
        let (a, b) = (Double(before), Double(other.finite))
        // The squares of large numbers may overflow even if the deviation does not.
        let largest = [mean, other.mean, deviation, other.deviation].map(\.magnitude).max() ?? 0
        let unit = largest > 0x1p500 ? 0x1p600 : 1
        let (mean1, mean2) = (mean / unit, other.mean / unit)
        let (deviation1, deviation2) = (deviation / unit, other.deviation / unit)
        let difference = mean2 - mean1
        let squares =
            a * deviation1 * deviation1 + b * deviation2 * deviation2 + difference * difference * a * b / (a + b)
        mean = (mean1 + difference * b / (a + b)) * unit
        deviation = (squares / (a + b)).squareRoot() * unit
    }

    /// Adds the elements and rows that `other` describes. `isFirst` says that there were no rows before. The counts of a
    /// file may be any numbers, and their sums are limited.
    package mutating func merge(_ other: ColumnStatistics, isFirst: Bool) {
        var other = other
        for statistics in [\ColumnStatistics.elements, \.nonFinite] {
            self[keyPath: statistics] = Swift.min(self[keyPath: statistics], ColumnStatistics.mostElements)
            other[keyPath: statistics] = Swift.min(other[keyPath: statistics], ColumnStatistics.mostElements)
        }
        merge(other)
        shortest = isFirst ? other.shortest : Swift.min(shortest, other.shortest)
        longest = Swift.max(longest, other.longest)
    }

    private static let mostElements = 1 << 61

    func encode(_ writer: inout ByteWriter) {
        writer.count(elements)
        writer.count(nonFinite)
        writer.integer(min.bits)
        writer.integer(max.bits)
        writer.integer(mean.bitPattern)
        writer.integer(deviation.bitPattern)
        writer.count(shortest)
        writer.count(longest)
    }

    init(_ reader: inout ByteReader, _ dtype: DType) throws(ColonnadeError) {
        // Statistics are hints, so an impossible count is no reason to refuse the file. But sums must not overflow.
        elements = Swift.min(1 << 62, Int(clamping: try reader.integer(UInt64.self, "statistics")))
        nonFinite = Swift.min(elements, Int(clamping: try reader.integer(UInt64.self, "statistics")))
        min = Number(bits: try reader.integer(UInt64.self, "statistics"), dtype)
        max = Number(bits: try reader.integer(UInt64.self, "statistics"), dtype)
        mean = Double(bitPattern: try reader.integer(UInt64.self, "statistics"))
        deviation = Double(bitPattern: try reader.integer(UInt64.self, "statistics"))
        shortest = Int(clamping: try reader.integer(UInt64.self, "statistics"))
        longest = Int(clamping: try reader.integer(UInt64.self, "statistics"))
    }
}

extension ColumnStatistics.Number {
    fileprivate init(bits: UInt64, _ dtype: DType) {
        if dtype.isFloatingPoint {
            self = .floating(Double(bitPattern: bits))
        } else if dtype.isSignedInteger {
            self = .signed(Int64(bitPattern: bits))
        } else {
            self = .unsigned(bits)
        }
    }

    fileprivate var bits: UInt64 {
        switch self {
        case .signed(let value): UInt64(bitPattern: value)
        case .unsigned(let value): value
        case .floating(let value): value.bitPattern
        }
    }

    /// Returns the smaller number. Both are of one column, so they have the same case.
    fileprivate func least(_ other: Self) -> Self { isLess(than: other) ? self : other }
    fileprivate func greatest(_ other: Self) -> Self { isLess(than: other) ? other : self }

    private func isLess(than other: Self) -> Bool {
        switch (self, other) {
        case (.signed(let a), .signed(let b)): a < b
        case (.unsigned(let a), .unsigned(let b)): a < b
        default: double < other.double
        }
    }
}
