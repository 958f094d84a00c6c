// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// A limit of the memory that threads use together. A thread waits until its part is free.
///
/// A thread that spends from `pixels` spends from no other budget meanwhile, so that threads never wait for each other in a circle.
package final class MemoryBudget: Sendable {
    /// The contents of encoded files.
    static let files = MemoryBudget(1 << 30)
    /// The pixels of pictures while they are decoded.
    package static let pixels = MemoryBudget(1 << 31)

    private let limit: Int
    private let used = Monitor(0)

    package init(_ limit: Int) { self.limit = limit }

    /// Returns the most memory that decoding a picture of a shape takes, about: its pixels twice, if it is turned, and as much again for
    /// the coefficients of a progressive file.
    package static func decodingBytes(of shape: [Int]) -> Int { shape.reduce(4) { $0.saturatingProduct($1) } }

    /// Calls `body` once a number of bytes is free. A number above the limit waits until nothing is used.
    package func spending<Result>(
        _ byteCount: Int, _ body: () throws(ColonnadeError) -> Result
    ) throws(ColonnadeError) -> Result {
        used.wait { used -> Void? in
            guard used == 0 || byteCount <= limit - used else { return nil }
            used += min(byteCount, limit)
        }
        defer {
            used.withLock { $0 -= min(byteCount, limit) }
            used.wakeAll()
        }
        return try body()
    }
}
