// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore

/// The bytes of a tensor, from front to back.
struct TensorBytes: ByteSource {
    private let bytes: Tensor
    private var offset = 0

    init(_ tensor: Tensor) { bytes = tensor.viewed(as: .uint8) }

    mutating func read(upTo count: Int, appendingTo buffer: inout [UInt8]) throws(ColonnadeError) -> Int {
        let range = offset..<offset + min(count, bytes.count - offset)
        try bytes.withSpan(as: UInt8.self) { (span) throws(ColonnadeError) in
            buffer.reserveCapacity(buffer.count + range.count)
            for index in range { buffer.append(span[index]) }
        }
        offset = range.upperBound
        return range.count
    }
}
