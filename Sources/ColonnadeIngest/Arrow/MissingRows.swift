// SPDX-License-Identifier: Apache-2.0

/// The rows of a batch whose values are missing, so that a fill stands for them.
struct MissingRows {
    /// Empty while there is none.
    private var flags: [Bool] = []

    var isEmpty: Bool { flags.isEmpty }

    func contains(_ row: Int) -> Bool { !flags.isEmpty && flags[row] }

    mutating func insert(_ row: Int, of count: Int) {
        if flags.isEmpty { flags = Array(repeating: false, count: count) }
        flags[row] = true
    }

    /// Calls the closure for each run of neighbouring rows that are all missing or all present.
    func runs<Failure: Error>(
        of rows: Range<Int>, _ body: (Range<Int>, _ isMissing: Bool) throws(Failure) -> Void
    ) throws(Failure) {
        if isEmpty {
            try body(rows, false)
            return
        }
        var start = rows.lowerBound
        while start < rows.upperBound {
            var end = start + 1
            while end < rows.upperBound, flags[end] == flags[start] { end += 1 }
            try body(start..<end, flags[start])
            start = end
        }
    }
}
