// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import ColonnadeSystem

/// Standard output or standard error for reports. A report that cannot be written is an error.
struct Console {
    private static let output: Syscalls.Descriptor = 1
    private static let errors: Syscalls.Descriptor = 2

    static var isTerminal: Bool { Syscalls.isTerminal(output) }

    /// The width of the terminal in columns, or 100 if there is no terminal.
    static var width: Int { Syscalls.terminalWidth(output) ?? 100 }

    private let descriptor: Syscalls.Descriptor
    private var pending: [UInt8] = []

    /// Makes a console. Reports go to standard error if standard output receives the data.
    init(onErrors: Bool = false) { descriptor = onErrors ? Console.errors : Console.output }

    /// Adds a line to the report. Lines are buffered and written in large pieces or by `flush()`.
    mutating func line(_ text: String = "") throws(ColonnadeError) {
        pending.append(contentsOf: text.utf8)
        pending.append(UInt8(ascii: "\n"))
        if pending.count > 1 << 16 { try flush() }
    }

    /// Adds the JSON text of a writer to the report as one line.
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

    /// Writes one JSON object as the complete report.
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

    /// Writes lines as the complete report. Characters that a terminal would obey are escaped.
    func report(lines: [String]) throws(ColonnadeError) {
        var console = self
        for line in lines { try console.line(line.visible) }
        try console.flush()
    }

    static func report(lines: [String]) throws(ColonnadeError) { try Console().report(lines: lines) }

    /// Runs `body`, which reports finished work. An error says that the work is finished.
    static func report(after work: String, _ body: () throws(ColonnadeError) -> Void) throws(ColonnadeError) {
        do throws(ColonnadeError) {
            try body()
        } catch {
            throw ColonnadeError(
                error.code, "\(work) all the same; the report failed: \(error.message)", at: error.place)
        }
    }

    /// Writes a message to standard error.
    static func complain(_ message: String) {
        say("error: \(message)")
    }

    /// Writes a warning to standard error.
    static func warn(_ message: String) { say("warning: \(message)") }

    private static func say(_ message: String) {
        // A failure of this write cannot be reported.
        let text = "colonnade: \(message.visible(keepingLines: true))\n"
        try? Syscalls.write(errors, Array(text.utf8), path: "standard error")
    }

    /// Replaces the last line on standard error by a text. Does nothing if standard error is not a terminal.
    static func status(_ text: String) {
        guard Syscalls.isTerminal(errors) else { return }
        let width = Syscalls.terminalWidth(errors) ?? 80
        try? Syscalls.write(errors, Array("\r\(text.prefix(width - 1))\u{1B}[K".utf8), path: "standard error")
    }
}
