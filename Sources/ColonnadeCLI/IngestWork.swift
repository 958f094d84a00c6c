// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import ColonnadeStore
import ColonnadeSystem

/// An ingest in progress, and what is said about it afterwards.
struct IngestWork {
    private var progress = Progress()
    private var summary: DatasetSummary?
    private var valueBytes = 0
    private var seconds = 0.0

    /// Shows progress, and stops after Ctrl-C.
    mutating func run(
        _ plan: IngestPlan, _ body: ((Int, Int) -> Bool) throws(ColonnadeError) -> DatasetSummary?
    ) throws(ColonnadeError) {
        // Until here nothing is there to be tidied up, and the signal may end the process.
        Interrupts.catchSignals()
        defer { progress.end() }
        var written = 0
        summary = try body { rows, bytes in
            written = bytes
            progress.show(rows: rows, bytes: bytes, fraction: Double(rows) / Double(max(plan.rowCount, 1)))
            return !Interrupts.requested
        }
        valueBytes = written
        seconds = progress.seconds
    }

    /// Bytes of values a second.
    private var speed: Double { Double(valueBytes) / max(seconds, 1e-9) }

    func report(_ plan: IngestPlan, _ done: String) throws(ColonnadeError) {
        var table = TextTable([.left, .left, .left])
        for field in plan.schema {
            let start = "\(field.name): "
            let reason = plan.reasons.first { $0.hasPrefix(start) }?.dropFirst(start.count)
            let isRepeated = reason?.hasPrefix("\(field.typeDescription), ") ?? false
            table.append([
                field.name, field.typeDescription,
                isRepeated ? String(reason?.dropFirst(field.typeDescription.count + 2) ?? "") : String(reason ?? ""),
            ])
        }
        var lines = table.lines
        for group in plan.groups where group.count > 1 {
            lines.append("  lie together: \(Wording.printable(group.joined(separator: ", ")))")
        }
        let rows = Wording.count(plan.rowCount, "row")
        let time = "in \(Wording.seconds(seconds)), \(Wording.speed(speed))"
        if let summary {
            let all = summary.rowCount == plan.rowCount ? "" : ", now \(Wording.count(summary.rowCount, "row"))"
            lines.append("\(done): \(rows)\(all), \(Wording.bytes(summary.byteCount)) \(time)")
        } else {
            lines.append("would write \(rows), \(Wording.bytes(valueBytes)) of values; all fit (\(time))")
        }
        try Console.report(lines: lines)
    }

    func reportJSON(_ plan: IngestPlan, to file: String) throws(ColonnadeError) {
        try Console.report { (json) throws(ColonnadeError) in
            json.member("file", file)
            json.member("dry_run", summary == nil)
            json.member("rows", plan.rowCount)
            if let summary {
                json.member("total_rows", summary.rowCount)
                json.member("bytes", summary.byteCount)
                json.member("segments", summary.segmentCount)
            }
            json.member("value_bytes", valueBytes)
            json.member("seconds", seconds)
            json.member("bytes_per_second", speed)
            json.key("columns")
            json.array { json in
                for field in plan.schema { json.object { $0.members(of: field) } }
            }
            json.key("groups")
            json.array { json in
                for group in plan.groups {
                    json.array { json in
                        for name in group { json.value(name) }
                    }
                }
            }
            json.key("reasons")
            json.array { json in
                for reason in plan.reasons { json.value(reason) }
            }
        }
    }
}
