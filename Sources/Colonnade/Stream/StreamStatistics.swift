// SPDX-License-Identifier: Apache-2.0

/// The statistics of a pass so far: the time of each part of the work, the waits of the consumer, and advice that follows from
/// both.
public struct StreamStatistics: Sendable {
    /// A part of the work and the seconds that all threads together spent on it.
    public struct Stage: Sendable, Hashable {
        public let name: String
        public let seconds: Double
    }

    /// The number of samples or batches that the consumer has received.
    public let items: Int
    /// The seconds since the pass began.
    public let seconds: Double
    /// The parts of the work, the most expensive first.
    public let stages: [Stage]
    /// The number of times that the consumer waited for an item, and the seconds that it waited.
    public let waits: Int
    public let waitedSeconds: Double
    public let depth: Int
    public let threads: Int
    /// The part of the pixels of encoded pictures that was decoded, 0 to 1; nil if none was.
    public let decodedShare: Double?
    /// The part of the encoded pictures whose decoding began at entry points, 0 to 1; nil if no picture was decoded.
    public let enteredShare: Double?

    /// A sentence of advice that would make the pass faster.
    public var advice: String {
        guard items > 0 else { return "nothing has been read yet" }
        let busiest = stages.first.map { "most of the time goes to \($0.name)" } ?? "no time was measured"
        if threads == 0 {
            let making = stages.reduce(0) { $0 + $1.seconds }
            guard making > seconds / 20 else { return "the consumer takes the time: the stream is not what to change" }
            return "the consumer makes every item itself; \(busiest): prefetching would overlap that with the consumer"
        }
        let share = waitedSeconds / max(seconds, 1e-9)
        guard share > 0.05 else { return "the consumer hardly waits: the stream is not what to change" }
        let percent = Int(share * 100)
        if let user = stages.first, user.name.hasPrefix("map") || user.name.hasPrefix("filter") {
            return "the consumer waits \(percent) % of the time, for \(user.name): make that faster, or add threads"
        }
        return "the consumer waits \(percent) % of the time; \(busiest): add threads, or do less there"
    }
}

extension StreamStatistics: CustomStringConvertible {
    public var description: String {
        func fixed(_ value: Double) -> String {
            let thousandths = Int((value * 1000).rounded())
            let digits = String(1000 + thousandths % 1000).dropFirst()
            return "\(thousandths / 1000).\(digits)"
        }
        var lines = [
            "\(items) items in \(fixed(seconds)) s, depth \(depth), \(threads) threads",
            "  waited \(waits) times, \(fixed(waitedSeconds)) s",
        ]
        if let decodedShare {
            let entered = Int(((enteredShare ?? 0) * 100).rounded())
            lines.append(
                "  decoded \(Int((decodedShare * 100).rounded())) % of the pixels of the pictures"
                    + (entered > 0 ? ", from entry points in \(entered) % of the pictures" : ""))
        }
        for stage in stages { lines.append("  \(fixed(stage.seconds)) s  \(stage.name)") }
        return (lines + ["  \(advice)"]).joined(separator: "\n")
    }
}
