// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The lines of an input one after the other, with or without those that hold only white space.
struct LineReader: ~Copyable {
    let name: String
    /// The line, counted from 1, that comes next.
    private(set) var line = 1
    private var window: TextWindow
    private let keepsBlanks: Bool
    private var hasFailed = false

    init(_ input: TextInput, readSize: Int, keepingBlanks keepsBlanks: Bool = false) throws(ColonnadeError) {
        let window = try TextWindow.open(input, readSize: readSize)
        name = input.name
        self.window = window
        self.keepsBlanks = keepsBlanks
    }

    /// Hands lines, without their ends, to `body` with their number until it has enough; true at the end of the input, and
    /// after an error of reading.
    @inline(__always)
    mutating func visit(
        _ body: (Span<UInt8>, Int) throws(ColonnadeError) -> VisitAnswer
    ) throws(ColonnadeError) -> Bool {
        while !hasFailed {
            // A reference of our own, since the span of the window's array would lock all of this value.
            let memory = window.bytes
            let bytes = memory.span
            var at = window.position
            let isFinal = window.isFinal
            while at < bytes.count {
                var end = at
                while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
                guard end < bytes.count || isFinal else { break }
                let content = bytes.extracting(at..<end)
                let answer = !keepsBlanks && content.isBlank ? .next : try body(content, line)
                if case .undo = answer {
                    window.position = at
                    return false
                }
                at = min(end + 1, bytes.count)
                line += 1
                if case .stop = answer {
                    window.position = at
                    return false
                }
            }
            window.position = at
            if isFinal { return true }
            do throws(ColonnadeError) {
                try window.refill()
            } catch {
                hasFailed = true
                throw error
            }
        }
        return true
    }
}

extension Span<UInt8> {
    fileprivate var isBlank: Bool {
        for index in indices where self[index] != 32 && self[index] != 9 && self[index] != 13 { return false }
        return true
    }
}
