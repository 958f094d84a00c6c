// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import ColonnadeSystem

/// Standard output and standard error. A report that cannot be written is an error as any other.
struct Console {
    private static let output: Syscalls.Descriptor = 1
    private static let errors: Syscalls.Descriptor = 2

    static var isTerminal: Bool { Syscalls.isTerminal(output) }

    /// Columns of the terminal; 100 where there is none to ask.
    static var width: Int { Syscalls.terminalWidth(output) ?? 100 }

    private var pending: [UInt8] = []

    /// A line of a report, written when enough have come together or with `flush()`.
    mutating func line(_ text: String = "") throws(ColonnadeError) {
        pending.append(contentsOf: text.utf8)
        pending.append(UInt8(ascii: "\n"))
        if pending.count > 1 << 16 { try flush() }
    }

    /// What was written as JSON so far, as a line.
    mutating func line(_ json: inout JSONWriter) throws(ColonnadeError) {
        json.endLine()
        pending += json.text
        json.text.removeAll(keepingCapacity: true)
        if pending.count > 1 << 16 { try flush() }
    }

    mutating func flush() throws(ColonnadeError) {
        let bytes = pending
        pending.removeAll(keepingCapacity: true)
        try Syscalls.write(Console.output, bytes, path: "standard output")
    }

    /// One JSON object, and nothing else.
    static func report(_ body: (inout JSONWriter) throws(ColonnadeError) -> Void) throws(ColonnadeError) {
        var json = JSONWriter()
        try json.object(body)
        var console = Console()
        try console.line(&json)
        try console.flush()
    }

    /// Lines, and nothing else.
    static func report(lines: [String]) throws(ColonnadeError) {
        var console = Console()
        for line in lines { try console.line(line) }
        try console.flush()
    }

    /// A message on standard error.
    static func complain(_ message: String) {
        // Names and values of a hostile file come to the terminal this way too.
        let lines = message.split(separator: "\n", omittingEmptySubsequences: false).map {
            Wording.printable(String($0))
        }
        let message = lines.joined(separator: "\n")
        // There is nowhere left to say that this failed.
        try? Syscalls.write(errors, Array("colonnade: error: \(message)\n".utf8), path: "standard error")
    }

    /// What stands on the last line of standard error instead of what stood there; nothing where that is no terminal.
    static func status(_ text: String) {
        guard Syscalls.isTerminal(errors) else { return }
        let width = Syscalls.terminalWidth(errors) ?? 80
        try? Syscalls.write(errors, Array("\r\(text.prefix(width - 1))\u{1B}[K".utf8), path: "standard error")
    }
}
