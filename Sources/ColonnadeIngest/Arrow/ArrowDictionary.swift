// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The values that the indices of one array stand for.
struct ArrowDictionary {
    /// All values, one after another.
    private var values: [UInt8] = []
    /// The end of each value.
    private var ends: [Int] = []
    private var missing: [Bool] = []
    /// Whether index i stands for label i throughout.
    private(set) var isIdentity = false

    var count: Int { ends.count }

    /// Reads text, bytes, or elements of `width` bytes.
    init(_ node: ArrowNode, width: Int) throws(ColonnadeError) {
        let places = node.places
        missing = places.map { node.isNull($0) }
        switch node.type {
        case .bytes:
            let bounds = try node.ends(places, limit: .max)
            try node.appendData(bounds[0]..<bounds[places.count], to: &values)
            ends = bounds.dropFirst().map { $0 - bounds[0] }
        case .views:
            for place in places {
                if !node.isNull(place) { try node.appendView(place, to: &values) }
                ends.append(values.count)
            }
        case .bits:
            try node.appendBits(places, to: &values)
            ends = Array(1..<places.count + 1)
        default:
            try node.append(places, width: width, to: &values)
            ends = (0..<places.count).map { ($0 + 1) * width }
        }
    }

    func isMissing(_ index: Int) -> Bool { missing[index] }

    func byteCount(_ index: Int) -> Int { ends[index] - (index == 0 ? 0 : ends[index - 1]) }

    func append(_ index: Int, to output: inout [UInt8]) {
        output.append(contentsOf: values[(index == 0 ? 0 : ends[index - 1])..<ends[index]])
    }

    /// Returns the values as text; nil for missing ones. Throws the index of a value that is not UTF-8.
    func texts() throws(ColonnadeError) -> [String?] {
        var texts: [String?] = []
        for index in 0..<count {
            guard !missing[index] else {
                texts.append(nil)
                continue
            }
            let bytes = values[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw ArrowNode.fault("value \(index) of a dictionary is not UTF-8")
            }
            texts.append(text)
        }
        return texts
    }

    /// Replaces the indices by numbers of labels, in elements of that type. Returns the texts that have no label, by index;
    /// their values are missing.
    mutating func number(_ labels: NameMap<Int>, _ dtype: DType) throws(ColonnadeError) -> [Int: String] {
        var unknown: [Int: String] = [:]
        var numbers: [UInt8] = []
        isIdentity = true
        for (index, text) in try texts().enumerated() {
            let label = text.flatMap { labels[$0] }
            if let text, label == nil { unknown[index] = text }
            if label != index { isIdentity = false }
            numbers.append(element: label ?? 0, dtype)
        }
        values = numbers
        ends = ends.indices.map { ($0 + 1) * dtype.size }
        return unknown
    }
}

extension [UInt8] {
    /// Appends an integer as an element of that type, in which it must fit.
    mutating func append(element value: Int, _ dtype: DType) {
        switch dtype.size {
        case 1: append(UInt8(truncatingIfNeeded: value))
        case 2: append(littleEndian: UInt16(truncatingIfNeeded: value))
        case 4: append(littleEndian: UInt32(truncatingIfNeeded: value))
        default: append(littleEndian: UInt64(truncatingIfNeeded: value))
        }
    }
}
