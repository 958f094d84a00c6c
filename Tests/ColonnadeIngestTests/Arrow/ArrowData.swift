// SPDX-License-Identifier: Apache-2.0

import CArrow
import ColonnadeCore

/// An Arrow array with its type, in the layout of the C data interface. A test may give any of its values a wrong
/// value.
struct ArrowData: Sendable {
    var format: String
    var name = ""
    var length: Int
    var offset = 0
    var nullCount = 0
    var buffers: [[UInt8]?]
    var children: [ArrowData] = []
    var dictionary: [ArrowData] = []
    var metadata: [(String, [UInt8])] = []

    /// Returns the array as a column with a name.
    func named(_ name: String) -> ArrowData { with { $0.name = name } }

    /// Returns a changed copy.
    func with(_ change: (inout ArrowData) -> Void) -> ArrowData {
        var copy = self
        change(&copy)
        return copy
    }

    /// Returns a slice: the buffers are shared, with an offset, and the number of missing values is unknown.
    func slice(_ range: Range<Int>) -> ArrowData {
        with {
            $0.offset += range.lowerBound
            $0.length = range.count
            if $0.nullCount > 0 { $0.nullCount = -1 }
        }
    }

    /// Returns a copy in which the elements with the given indices are missing.
    func missing(_ places: Int...) -> ArrowData {
        with {
            $0.nullCount = places.count
            $0.buffers[0] = bits((0..<$0.length).map { !places.contains($0) })
        }
    }

    /// Returns a copy with an extension type over the storage.
    func extended(_ type: String, _ metadata: String = "") -> ArrowData {
        with {
            $0.metadata += [
                ("ARROW:extension:name", Array(type.utf8)), ("ARROW:extension:metadata", Array(metadata.utf8)),
            ]
        }
    }
}

func bits(_ values: [Bool]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: (values.count + 7) / 8)
    for (index, value) in values.enumerated() where value { bytes[index / 8] |= 1 << UInt8(index % 8) }
    return bytes
}

func littleEndian<Value: FixedWidthInteger>(_ values: [Value]) -> [UInt8] { values.flatMap { bytes($0) } }

extension ArrowData {
    static func integers<Value: FixedWidthInteger>(_ format: String, _ values: [Value]) -> ArrowData {
        ArrowData(format: format, length: values.count, buffers: [nil, littleEndian(values)])
    }

    static func floats(_ values: [Float]) -> ArrowData { integers("f", values.map(\.bitPattern)) }
    static func doubles(_ values: [Double]) -> ArrowData { integers("g", values.map(\.bitPattern)) }
    static func bools(_ values: [Bool]) -> ArrowData {
        ArrowData(format: "b", length: values.count, buffers: [nil, bits(values)])
    }

    /// Returns an array of texts or bytes, with the format `u`, `U`, `z` or `Z`.
    static func data(_ format: String, _ values: [[UInt8]]) -> ArrowData {
        var ends = [0]
        for value in values { ends.append(ends[ends.count - 1] + value.count) }
        let isLarge = format == "U" || format == "Z"
        return ArrowData(
            format: format, length: values.count,
            buffers: [
                nil, isLarge ? littleEndian(ends.map(Int64.init)) : littleEndian(ends.map(Int32.init)),
                values.flatMap { $0 },
            ])
    }

    static func text(_ values: [String], _ format: String = "u") -> ArrowData {
        data(format, values.map { Array($0.utf8) })
    }

    /// Returns an array of views, with the format `vu` or `vz`, whose long values are alternately in two buffers.
    static func views(_ format: String, _ values: [[UInt8]]) -> ArrowData {
        var buffers: [[UInt8]] = [[], []]
        var views: [UInt8] = []
        for (index, value) in values.enumerated() {
            views += bytes(Int32(value.count))
            if value.count <= 12 {
                views += value + [UInt8](repeating: 0, count: 12 - value.count)
            } else {
                views += value.prefix(4) + bytes(Int32(index % 2), Int32(buffers[index % 2].count))
                buffers[index % 2] += value
            }
        }
        return ArrowData(
            format: format, length: values.count,
            buffers: [nil, views, buffers[0], buffers[1], littleEndian(buffers.map { Int64($0.count) })])
    }

    static func fixedBytes(_ width: Int, _ values: [[UInt8]]) -> ArrowData {
        ArrowData(format: "w:\(width)", length: values.count, buffers: [nil, values.flatMap { $0 }])
    }

    /// Returns lists over an array, with the given lengths.
    static func list(_ lengths: [Int], of child: ArrowData, isLarge: Bool = false) -> ArrowData {
        var ends = [0]
        for length in lengths { ends.append(ends[ends.count - 1] + length) }
        return ArrowData(
            format: isLarge ? "+L" : "+l", length: lengths.count,
            buffers: [nil, isLarge ? littleEndian(ends.map(Int64.init)) : littleEndian(ends.map(Int32.init))],
            children: [child.named("item")])
    }

    static func fixedList(_ size: Int, of child: ArrowData) -> ArrowData {
        ArrowData(
            format: "+w:\(size)", length: size == 0 ? 0 : child.length / size, buffers: [nil],
            children: [child.named("item")])
    }

    static func structure(_ children: [ArrowData], length: Int? = nil) -> ArrowData {
        ArrowData(
            format: "+s", length: length ?? children.first?.length ?? 0, buffers: [nil], children: children)
    }

    static func dictionary<Value: FixedWidthInteger>(
        _ format: String, _ indices: [Value], of values: ArrowData
    ) -> ArrowData {
        integers(format, indices).with { $0.dictionary = [values] }
    }
}
