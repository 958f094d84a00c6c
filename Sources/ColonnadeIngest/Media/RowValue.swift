// SPDX-License-Identifier: Apache-2.0

/// One value of a row before it is appended to a chunk: its bytes, and its dimensions that vary.
struct RowValue: Sendable {
    var bytes: [UInt8]
    var dimensions: [Int] = []
    /// The entry points of a picture; nil if they were not looked for.
    var entryPoints: [UInt8]?

    init(_ bytes: [UInt8], dimensions: [Int] = []) {
        self.bytes = bytes
        self.dimensions = dimensions
    }

    /// Makes an int64.
    init(_ number: Int) {
        bytes = (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    /// Makes an int32 of a number that it holds.
    init(int32 number: Int) {
        bytes = (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    init(_ text: String) { bytes = Array(text.utf8) }
}
