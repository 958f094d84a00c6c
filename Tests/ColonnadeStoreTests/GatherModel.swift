// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStoreTestSupport

/// Returns the expected shape and bytes of a gather of values.
func gatherModel(_ values: [StoredValue], _ field: Field) -> (shape: [Int], bytes: [UInt8]) {
    let shapes = values.map { shape(of: $0, field) }
    let padded = field.shape.indices.map { dimension in
        field.shape[dimension] ?? shapes.map { $0[dimension] }.max() ?? 0
    }
    let size = field.dtype.size
    var bytes: [UInt8] = []
    for (value, shape) in zip(values, shapes) {
        for element in 0..<padded.reduce(1, *) {
            // The index of the element in each dimension, the innermost first.
            var (rest, at, step, isThere) = (element, 0, 1, true)
            for dimension in padded.indices.reversed() {
                let index = rest % padded[dimension]
                rest /= padded[dimension]
                isThere = isThere && index < shape[dimension]
                at += index * step
                step *= shape[dimension]
            }
            bytes += isThere ? Array(value.bytes[at * size..<(at + 1) * size]) : [UInt8](repeating: 0, count: size)
        }
    }
    return ([values.count] + padded, bytes)
}
