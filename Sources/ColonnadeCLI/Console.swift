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

    private let descriptor: Syscalls.Descriptor
    private var pending: [UInt8] = []

    /// A report goes to standard error where standard output takes the data.
    init(onErrors: Bool = false) { descriptor = onErrors ? Console.errors : Console.output }

    /// A line of a report, written when enough have come together or with `flush()`.
    mutating func line(_ text: String = "") throws(ColonnadeError) {
        pending.append(contentsOf: text.utf8)
        pending.append(UInt8(ascii: "\n"))
        if pending.count > 1 << 16 { try flush() }
    }

    /// Prints the JSON that was written so far, as a line.
    mutating func line(_ json: inout JSONWriter) throws(ColonnadeError) {
        json.endLine()
        pending += json.text
        json.text.removeAll(keepingCapacity: true)
        if pending.count > 1 << 16 { try flush() }
    }

    mutating func flush() throws(ColonnadeError) {
        let bytes = pending
        pending.removeAll(keepingCapacity: true)
        try Syscalls.write(
            descriptor, bytes, path: descriptor == Console.output ? "standard output" : "standard error")
    }

    /// One JSON object, and nothing else.
    func report(_ body: (inout JSONWriter) throws(ColonnadeError) -> Void) throws(ColonnadeError) {
        var json = JSONWriter()
        try json.object(body)
        var console = self
        try console.line(&json)
        try console.flush()
    }

    static func report(_ body: (inout JSONWriter) throws(ColonnadeError) -> Void) throws(ColonnadeError) {
        try Console().report(body)
    }

    /// Lines, and nothing else. Names and values of a hostile file come to the terminal this way.
    func report(lines: [String]) throws(ColonnadeError) {
        var console = self
        for line in lines { try console.line(line.visible) }
        try console.flush()
    }

    static func report(lines: [String]) throws(ColonnadeError) { try Console().report(lines: lines) }

    /// Makes a report on work that is done; an error says that it is.
    static func report(after work: String, _ body: () throws(ColonnadeError) -> Void) throws(ColonnadeError) {
        do throws(ColonnadeError) {
            try body()
        } catch {
            throw ColonnadeError(
                error.code, "\(work) all the same; the report failed: \(error.message)", at: error.place)
        }
    }

    /// A message on standard error.
    static func complain(_ message: String) {
        say("error: \(message)")
    }

    /// Advice on standard error.
    static func warn(_ message: String) { say("warning: \(message)") }

    private static func say(_ message: String) {
        // There is nowhere left to say that this failed.
        let text = "colonnade: \(message.visible(keepingLines: true))\n"
        try? Syscalls.write(errors, Array(text.utf8), path: "standard error")
    }

    /// Replaces the last line of standard error by a text. Does nothing where standard error is no terminal.
    static func status(_ text: String) {
        guard Syscalls.isTerminal(errors) else { return }
        let width = Syscalls.terminalWidth(errors) ?? 80
        try? Syscalls.write(errors, Array("\r\(text.prefix(width - 1))\u{1B}[K".utf8), path: "standard error")
    }
}
