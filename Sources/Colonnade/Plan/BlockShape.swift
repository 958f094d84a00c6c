// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The blocks of a block order (`formats/row-order-2.md`): the number of consecutive rows in a block, and how many blocks
/// are open at a time.
package struct BlockShape: Sendable {
    /// The number of lanes of the default number of open blocks. It has many divisors, so that many numbers of ranks divide it.
    private static let defaultLanes = 192
    /// A block has the largest power of two of rows with at most this number of bytes, so that it has about a mebibyte.
    private static let largestDefaultBytes = 3 << 19
    /// The number of rows of a block where the bytes of a row are not known.
    private static let rowsInMemory = 1_024
    private static let largestRows = 1 << 31
    static let largestOpen = 1 << 20

    package let rows: Int
    package let open: Int
    package let lanes: Int

    /// - Parameter lanes: nil for the largest number that divides `open` and 192, and leaves each lane at least four blocks.
    ///
    /// Throws `invalidArgument` unless `rows` is 1 to 2³¹, `open` 1 to 2²⁰, and `lanes` divides `open`.
    package init(rows: Int, open: Int, lanes: Int?) throws(ColonnadeError) {
        guard (1...BlockShape.largestRows).contains(rows) else {
            throw ColonnadeError(.invalidArgument) {
                "\($0.rowsPerBlock) is \(rows), out of range (1...\(BlockShape.largestRows))"
            }
        }
        guard (1...BlockShape.largestOpen).contains(open) else {
            throw ColonnadeError(
                .invalidArgument, "blocks is \(open), out of range (1...\(BlockShape.largestOpen))")
        }
        self.rows = rows
        self.open = open
        self.lanes = lanes ?? BlockShape.lanes(of: open)
        guard self.lanes >= 1, open % self.lanes == 0 else {
            throw ColonnadeError(
                .invalidArgument, "lanes is \(self.lanes), and must be a number that divides blocks, which is \(open)")
        }
    }

    private static func lanes(of open: Int) -> Int {
        (1...defaultLanes).last { defaultLanes % $0 == 0 && open % $0 == 0 && open / $0 >= 4 } ?? 1
    }

    /// Returns the number of rows in a block of about a mebibyte.
    ///
    /// - Parameter bytes: the bytes of all rows; nil if they are in no file.
    static func rows(of bytes: Int?, count: Int) -> Int {
        guard let bytes, count > 0 else { return rowsInMemory }
        let limit = max(largestDefaultBytes / max(bytes / count, 1), 1)
        return 1 << (Int.bitWidth - 1 - limit.leadingZeroBitCount)
    }

    /// Returns the number of blocks of some rows.
    func blockCount(of count: Int) -> Int { count / rows + (count % rows == 0 ? 0 : 1) }

    /// Whether all blocks of an order can be open at once. Then the order is that of a shuffle without blocks.
    func holds(_ count: Int) -> Bool { count <= rows * open }

    /// Returns the number of times that a rank reads each block.
    func reads(of count: Int) -> Double { holds(count) ? 1 : 1 + Double(open) / Double(count / rows) }

    /// Returns the number of ranks that read each block: 1 if the number of ranks divides that of lanes. They request all blocks of
    /// the lanes that they share, also those of so few rows that some of the ranks have none of them.
    func readers(of ranks: Int) -> Int { ranks / ranks.greatestCommonDivisor(with: lanes) }
}
