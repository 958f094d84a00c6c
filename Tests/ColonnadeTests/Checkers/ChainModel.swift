// SPDX-License-Identifier: Apache-2.0

import Colonnade

/// A slow model of pipelines: samples are dictionaries, and are changed one by one. Numbers are small multiples of
/// powers of two, so that all arithmetic is exact in any order.
struct ChainModel {
    struct Value: Equatable {
        var dtype: DType
        var shape: [Int]
        var numbers: [Double]
    }

    /// The keys, in the order of the schema.
    var keys: [String]
    var samples: [[String: Value]]

    init(_ buffer: Buffer) throws {
        keys = buffer.schema.names
        samples = try (0..<buffer.count).map { index in
            let sample = try buffer[index]
            return Dictionary(
                uniqueKeysWithValues: try zip(sample.keys, sample.tensors).map {
                    ($0, Value(dtype: $1.dtype, shape: $1.shape, numbers: try reals($1)))
                })
        }
    }

    mutating func change(_ key: String, as output: String? = nil, _ body: (Value) -> Value) {
        let output = output ?? key
        if !keys.contains(output) { keys.append(output) }
        for index in samples.indices { samples[index][output] = samples[index][key].map(body) }
    }

    mutating func take(_ positions: [Int]) { samples = positions.map { samples[$0] } }

    mutating func cast(_ key: String, to dtype: DType) {
        change(key) { value in
            let numbers = value.numbers.map { number -> Double in
                switch dtype {
                case .float32, .float64: return number
                case .bool: return number == 0 ? 0 : 1
                case .uint8:
                    let whole = number.rounded(.towardZero)
                    if value.dtype.isFloatingPoint { return min(max(whole, 0), 255) }
                    return Double(UInt8(truncatingIfNeeded: Int(whole)))
                default: return number.rounded(.towardZero)
                }
            }
            return Value(dtype: dtype, shape: value.shape, numbers: numbers)
        }
    }

    mutating func scale(_ key: String, by factor: Double, _ offset: Double) {
        change(key) { Value(dtype: $0.dtype, shape: $0.shape, numbers: $0.numbers.map { $0 * factor + offset }) }
    }

    /// Returns the elements of a range of the first dimension.
    static func slice(_ value: Value, _ range: Range<Int>) -> Value {
        let inner = value.shape.dropFirst().reduce(1, *)
        return Value(
            dtype: value.dtype, shape: [range.count] + value.shape.dropFirst(),
            numbers: Array(value.numbers[range.lowerBound * inner..<range.upperBound * inner]))
    }

    static func pad(_ value: Value, before: Int, after: Int, _ filling: Double) -> Value {
        let inner = value.shape.dropFirst().reduce(1, *)
        func fill(_ count: Int) -> [Double] { [Double](repeating: filling, count: count * inner) }
        return Value(
            dtype: value.dtype, shape: [value.shape[0] + before + after] + value.shape.dropFirst(),
            numbers: fill(before) + value.numbers + fill(after))
    }

    mutating func oneHot(_ key: String, _ classes: Int, as output: String) {
        change(key, as: output) { value in
            Value(
                dtype: .float32, shape: value.shape + [classes],
                numbers: value.numbers.flatMap { number in (0..<classes).map { Double($0) == number ? 1 : 0 } })
        }
    }

    mutating func batch(by size: Int, droppingLast: Bool, _ padding: Double) {
        var batches: [[String: Value]] = []
        for start in stride(from: 0, to: samples.count, by: size) {
            let rows = Array(samples[start..<min(start + size, samples.count)])
            if droppingLast, rows.count < size { continue }
            var batch: [String: Value] = [:]
            for key in keys { batch[key] = ChainModel.stack(rows.compactMap { $0[key] }, padding) }
            batches.append(batch)
        }
        samples = batches
    }

    private static func stack(_ rows: [Value], _ padding: Double) -> Value {
        let rank = rows[0].shape.count
        let shape = (0..<rank).map { dimension in rows.map { $0.shape[dimension] }.max() ?? 0 }
        var numbers: [Double] = []
        for row in rows { numbers += spread(row, shape, padding) }
        return Value(dtype: rows[0].dtype, shape: [rows.count] + shape, numbers: numbers)
    }

    /// Returns the numbers of a value, padded to a larger shape.
    private static func spread(_ value: Value, _ shape: [Int], _ padding: Double) -> [Double] {
        guard let wanted = shape.first else { return value.numbers }
        let rest = Array(shape.dropFirst())
        var numbers: [Double] = []
        for index in 0..<wanted {
            if index < value.shape[0] {
                let row = slice(value, index..<index + 1)
                numbers += spread(
                    Value(dtype: row.dtype, shape: Array(row.shape.dropFirst()), numbers: row.numbers), rest, padding)
            } else {
                numbers += [Double](repeating: padding, count: rest.reduce(1, *))
            }
        }
        return numbers
    }

    /// Returns a description of the first difference to the samples of a pass, or nil.
    func difference(_ found: [Sample]) throws -> String? {
        guard found.count == samples.count else { return "\(found.count) items, not \(samples.count)" }
        for (index, sample) in found.enumerated() {
            guard sample.keys == keys else { return "item \(index): the keys \(sample.keys), not \(keys)" }
            for (key, tensor) in zip(sample.keys, sample.tensors) {
                let value = Value(dtype: tensor.dtype, shape: tensor.shape, numbers: try reals(tensor))
                if let expected = samples[index][key], value != expected {
                    return "item \(index), \"\(key)\": \(value), not \(expected)"
                }
            }
        }
        return nil
    }
}
