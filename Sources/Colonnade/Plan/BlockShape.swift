// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The blocks of a block order (`formats/row-order-2.md`): the number of consecutive rows in a block, and how many blocks
/// are open at a time.
package struct BlockShape: Sendable {
    /// The number of ranks that should share blocks with each other: it has many divisors.
    private static let mostLanes = 192
    /// A block has about a mebibyte: the largest power of two of rows with at most this number of bytes.
    private static let mostBytes = 3 << 19
    /// The number of rows of a block where the bytes of a row are not known.
    private static let rowsInMemory = 1_024

    let rows: Int
    let open: Int
    let lanes: Int

    /// - Parameter lanes: nil for the largest divisor of `open` and 192 that leaves each lane four blocks.
    ///
    /// Throws `invalidArgument` unless `rows` is 1 to 2³¹, `open` 1 to 2²⁰, and `lanes` divides `open`.
    package init(rows: Int, open: Int, lanes: Int?) throws(ColonnadeError) {
        try BlockShape.check(rows, 1 << 31, "rows in a block")
        try BlockShape.check(open, 1 << 20, "open blocks")
        self.rows = rows
        self.open = open
        self.lanes = lanes ?? BlockShape.lanes(of: open)
        guard self.lanes >= 1, open % self.lanes == 0 else {
            throw ColonnadeError(
                .invalidArgument,
                "\(self.lanes) lanes cannot share \(open) open blocks: the number of lanes must divide that of open blocks"
            )
        }
    }

    private static func check(_ number: Int, _ most: Int, _ noun: String) throws(ColonnadeError) {
        guard (1...most).contains(number) else {
            throw ColonnadeError(.invalidArgument, "there are no \(number) \(noun): give 1 to \(most)")
        }
    }

    private static func lanes(of open: Int) -> Int {
        (1...mostLanes).last { mostLanes % $0 == 0 && open % $0 == 0 && open / $0 >= 4 } ?? 1
    }

    /// Returns the number of rows in a block of about a mebibyte.
    ///
    /// - Parameter bytes: the bytes of all rows; nil if they are in no file.
    static func rows(of bytes: Int?, count: Int) -> Int {
        guard let bytes, count > 0 else { return rowsInMemory }
        let limit = max(mostBytes / max(bytes / count, 1), 1)
        return 1 << (Int.bitWidth - 1 - limit.leadingZeroBitCount)
    }

    /// Whether all blocks of an order can be open at once. Then the order is that of a shuffle without blocks.
    func holds(_ count: Int) -> Bool { count <= rows * open }

    /// Returns the number of times that a rank reads each block.
    func reads(of count: Int) -> Double { holds(count) ? 1 : 1 + Double(open) / Double(count / rows) }

    /// Returns the number of ranks that read each block: 1 if the number of ranks divides that of lanes.
    func readers(of ranks: Int) -> Int { ranks / greatestCommonDivisor(ranks, lanes) }
}

/// Returns the largest number that divides both of two numbers, which must not be negative.
func greatestCommonDivisor(_ one: Int, _ other: Int) -> Int {
    var (one, other) = (one, other)
    while other != 0 { (one, other) = (other, one % other) }
    return one
}
