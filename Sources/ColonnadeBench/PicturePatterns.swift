// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The sums of pictures by patterns of random signs, as `tools/bench/race/patterns.py` has them: pictures that are shifted, mirrored or
/// have other channels have other sums.
struct PicturePatterns {
    private static let count: UInt32 = 16

    private let channels: Int
    /// The sum of all pictures, element by element.
    private var total: [Double]

    /// Returns nil unless a batch has pictures of one size.
    init?(of batch: Tensor) {
        guard batch.rank == 4, batch.dtype == .uint8 || batch.dtype == .float32 else { return nil }
        channels = batch.shape[3]
        total = [Double](repeating: 0, count: batch.shape.dropFirst().reduce(1, *))
    }

    mutating func add(_ batch: Tensor) throws(ColonnadeError) {
        if batch.dtype == .uint8 {
            add(try batch.elements(as: UInt8.self).map(Double.init))
        } else {
            add(try batch.elements(as: Float.self).map(Double.init))
        }
    }

    private mutating func add(_ elements: [Double]) {
        for start in stride(from: 0, to: elements.count, by: total.count) {
            for index in total.indices { total[index] += elements[start + index] }
        }
    }

    /// The sums, without the means of the channels.
    var sums: [Double] {
        var means = [Double](repeating: 0, count: channels)
        for (index, value) in total.enumerated() { means[index % channels] += value }
        for channel in means.indices { means[channel] /= Double(total.count / channels) }
        return (0..<Self.count).map { pattern in
            total.enumerated().reduce(0) { sum, element in
                let value = element.element - means[element.offset % channels]
                return sum + (Self.isNegative(UInt32(element.offset), pattern) ? -value : value)
            }
        }
    }

    private static func isNegative(_ element: UInt32, _ pattern: UInt32) -> Bool {
        var value = element &* count &+ pattern
        value = (value ^ value >> 16) &* 0x7FEB_352D
        value = (value ^ value >> 15) &* 0x846C_A68B
        return (value ^ value >> 16) >> 31 == 1
    }
}
