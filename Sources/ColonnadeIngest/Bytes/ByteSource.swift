// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Bytes that are read from front to back.
protocol ByteSource: ~Copyable {
    /// Appends up to `count` bytes and returns their number, which is below `count` only at the end.
    @discardableResult
    mutating func read(upTo count: Int, appendingTo buffer: inout [UInt8]) throws(ColonnadeError) -> Int
}
