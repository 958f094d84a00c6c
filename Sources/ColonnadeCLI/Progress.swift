// SPDX-License-Identifier: Apache-2.0

import ColonnadeSystem

/// The progress of a long command, shown on standard error if it is a terminal: rows, speed, remaining time.
struct Progress {
    private let start = ContinuousClock.now
    private var shown: ContinuousClock.Instant?

    /// The number of seconds since the command began its work.
    var seconds: Double { (ContinuousClock.now - start).seconds }

    /// Shows the progress, at most ten times a second. `fraction` is the finished share of the work, or nil if it is
    /// not known.
    mutating func show(rows: Int? = nil, bytes: Int, fraction: Double?) {
        let now = ContinuousClock.now
        if let shown, now - shown < .milliseconds(100) { return }
        shown = now
        let seconds = (now - start).seconds
        var parts: [String] = []
        if let fraction { parts.append("\(Int(100 * min(1, fraction))) %") }
        if let rows { parts.append("\(Wording.count(rows)) rows") }
        parts.append(Wording.bytes(bytes))
        if seconds > 0.2 { parts.append(Wording.speed(Double(bytes) / seconds)) }
        if let fraction, fraction > 0.01, seconds > 0.5 {
            parts.append("\(Wording.seconds(seconds * (1 - fraction) / fraction)) left")
        }
        Console.status(parts.joined(separator: ", "))
    }

    /// Removes the progress line.
    func end() {
        if shown != nil { Console.status("") }
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
