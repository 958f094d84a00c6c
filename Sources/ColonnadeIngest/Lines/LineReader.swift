// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The lines of an input one after the other, with or without those that hold only white space.
struct LineReader: ~Copyable {
    let name: String
    /// The number of the last line, counted from 1.
    private(set) var line = 0
    private var window: TextWindow
    /// The bytes of the last line, without its end.
    private var range = 0..<0
    private let keepsBlanks: Bool

    init(_ input: TextInput, readSize: Int, keepingBlanks keepsBlanks: Bool = false) throws(ColonnadeError) {
        let window = try TextWindow.open(input, readSize: readSize)
        name = input.name
        self.window = window
        self.keepsBlanks = keepsBlanks
    }

    /// Reads the next line, which `withText` then lends. False at the end of the input, and after an error of reading.
    mutating func next() throws(ColonnadeError) -> Bool {
        while !window.hasFailed {
            guard let end = window.lineEnd else {
                if window.isFinal { return false }
                try window.refill()
                continue
            }
            range = window.index..<end
            window.index = min(end + 1, window.bytes.count)
            line += 1
            if keepsBlanks || !isBlank { return true }
        }
        return false
    }

    /// Moves before the last line, so that `next` returns it again.
    mutating func unread() {
        window.index = range.lowerBound
        line -= 1
    }

    /// Lends the last line.
    @inline(__always)
    func withText<Result>(
        _ body: (Span<UInt8>) throws(ColonnadeError) -> Result
    ) throws(ColonnadeError) -> Result {
        try body(window.bytes.span.extracting(range))
    }

    private var isBlank: Bool {
        let bytes = window.bytes.span
        for index in range where bytes[index] != 32 && bytes[index] != 9 && bytes[index] != 13 { return false }
        return true
    }
}

extension TextWindow {
    /// The end of the line that starts at `index`; nil if it is not in memory.
    fileprivate var lineEnd: Int? {
        let bytes = bytes.span
        var end = index
        while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
        return end < bytes.count || isFinal && index < end ? end : nil
    }
}
