// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// A row source made ready for one epoch. Any number of threads may ask at once.
protocol BoundRows: Sendable {
    /// Returns columns of some rows, each stacked along a new first dimension, ragged ones padded.
    func stacked(_ rows: [Int], _ requests: [ColumnRequest]) throws(ColonnadeError) -> [Tensor]

    /// Returns columns of one row, without a copy where that is possible.
    func values(_ row: Int, _ columns: [Int]) throws(ColonnadeError) -> [Tensor]

    /// Returns the shape of a value; nil where only making the value tells it.
    func shape(_ row: Int, _ column: Int) throws(ColonnadeError) -> [Int]?

    /// Returns the entry points of the JPEG file that is the value of a column; nil where none are known.
    func entryPoints(_ row: Int, _ column: Int) throws(ColonnadeError) -> Tensor?

    /// Returns consecutive rows of a column where they lie in memory one after another; else nil.
    func mapped(_ rows: Range<Int>, _ column: Int) throws(ColonnadeError) -> Tensor?

    /// The row's number in the data set, on which its random numbers depend and by which errors name it.
    func key(_ row: Int) -> Int

    /// Returns the gather of columns into batches, most of them of `size` rows; nil where the rows are not those of files.
    func gather(_ requests: [ColumnRequest], batchesOf size: Int) -> BlockGather?

    /// Whether rows may be read before they are checked, since `warm` checks all of them.
    var isCheckedMeanwhile: Bool { get }

    /// Checks what `warm` has not checked of these columns, as long as `isWanted` holds, and tells whether it came to the end.
    /// Throws `corruptFile`.
    func finishChecks(_ columns: [Int], while isWanted: () -> Bool) throws(ColonnadeError) -> Bool

    /// Whether the data do not fit in memory, so that it is worth while to announce rows.
    var isLargerThanMemory: Bool { get }

    /// Announces rows that will be read soon. A hint.
    func expect(_ rows: [Int], _ columns: [Int])

    /// Announces a part of consecutive rows that will all be read soon, in any order. A hint.
    func expect(block: Range<Int>, _ columns: [Int], _ part: RequestedPart)

    /// Throws `corruptFile` if a file that values are views of does not have them any more, or a thread found damage in it.
    func checkIntact() throws(ColonnadeError)

    /// Throws as `checkIntact()` does, if the row comes from such a file. It may ignore all other files.
    func checkIntact(_ row: Int) throws(ColonnadeError)

    /// Throws as `checkIntact()` does for any file. Rows of many files need it at the end of a pass, since `checkIntact()`
    /// compares the ends of a few of them in turn.
    func checkCompletely() throws(ColonnadeError)

    /// Whether the rows are in many files, so that `checkIntact(_:)` finds damage that `checkIntact()` may not find yet.
    var areInManyFiles: Bool { get }

    /// Whether `warm` would do anything for these columns. O(columns).
    func needsWarming(_ columns: [Int]) -> Bool

    /// Brings these columns into the page table, and checks them, where that is worth while and as long as `isWanted` holds.
    func warm(_ columns: [Int], while isWanted: () -> Bool)
}

extension BoundRows {
    func shape(_ row: Int, _ column: Int) throws(ColonnadeError) -> [Int]? { nil }
    func entryPoints(_ row: Int, _ column: Int) throws(ColonnadeError) -> Tensor? { nil }
    func mapped(_ rows: Range<Int>, _ column: Int) throws(ColonnadeError) -> Tensor? { nil }
    func key(_ row: Int) -> Int { row }
    func checkIntact() throws(ColonnadeError) {}
    func checkIntact(_ row: Int) throws(ColonnadeError) { try checkIntact() }
    func checkCompletely() throws(ColonnadeError) { try checkIntact() }
    var areInManyFiles: Bool { false }
    func gather(_ requests: [ColumnRequest], batchesOf size: Int) -> BlockGather? { nil }
    var isCheckedMeanwhile: Bool { false }
    func finishChecks(_ columns: [Int], while isWanted: () -> Bool) throws(ColonnadeError) -> Bool { true }
    var isLargerThanMemory: Bool { false }
    func expect(_ rows: [Int], _ columns: [Int]) {}
    func expect(block: Range<Int>, _ columns: [Int], _ part: RequestedPart) { expectOneByOne(block, columns, part) }

    /// Announces consecutive rows as single ones, a few hundred in one call.
    func expectOneByOne(_ block: Range<Int>, _ columns: [Int], _ part: RequestedPart) {
        guard part == .values else { return }
        for start in stride(from: block.lowerBound, to: block.upperBound, by: 256) {
            expect(Array(start..<start + min(256, block.upperBound - start)), columns)
        }
    }

    func needsWarming(_ columns: [Int]) -> Bool { false }
    func warm(_ columns: [Int], while isWanted: () -> Bool) {}
}
