// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import ColonnadeStore
import ColonnadeSystem

/// An ingest, its progress, and its report.
struct IngestWork {
    private let plan: IngestPlan
    private let skipped: SkippedFiles?
    private var progress = Progress()
    private var summary: DatasetSummary?
    private var rows = 0
    private var valueBytes = 0
    private var seconds = 0.0

    /// Starts the ingest. From then on Ctrl-C stops it and removes unfinished files; before, Ctrl-C ends the process.
    init(_ plan: IngestPlan, skipped: SkippedFiles?) {
        self.plan = plan
        self.skipped = skipped
        Interrupts.catchSignals()
    }

    /// Shows progress. Returns false after Ctrl-C.
    mutating func showProgress(_ rows: Int, _ bytes: Int) -> Bool {
        self.rows = rows
        valueBytes = bytes
        progress.show(rows: rows, bytes: bytes, fraction: plan.rowCount.map { Double(rows) / Double(max($0, 1)) })
        return !Interrupts.requested
    }

    /// Ends the work, with the summary of the written file, or nil for a dry run.
    mutating func end(_ summary: DatasetSummary? = nil) {
        self.summary = summary
        seconds = progress.seconds
        progress.end()
    }

    /// Removes the progress line from the terminal, which is also needed after an error.
    func clear() { progress.end() }

    /// The number of bytes of values per second.
    private var speed: Double { Double(valueBytes) / max(seconds, 1e-9) }

    /// Writes a warning to append more rows at a time, if the file has many appends.
    func warnOfManyAppends(to file: String) {
        guard let count = summary?.appendCount, count >= DatasetSummary.manyAppends else { return }
        Console.warn(
            "\(file) has been appended to \(Wording.count(count)) times, and each time its whole description is written "
                + "again: add more rows at a time, or ingest it anew")
    }

    /// Reports the result. If the report fails, the error says that the file is written.
    func report(_ done: String, _ file: String, asJSON: Bool) throws(ColonnadeError) {
        if let skipped, let summary = skipped.summary {
            Console.warn("left out \(Wording.count(skipped.count, "bad file")):\n\(summary)")
        }
        guard summary != nil else { return try asJSON ? reportJSON(file) : reportText(done) }
        try Console.report(after: done) { () throws(ColonnadeError) in
            try asJSON ? reportJSON(file) : reportText(done)
        }
    }

    private func reportText(_ done: String) throws(ColonnadeError) {
        var table = TextTable([.left, .left, .left])
        for field in plan.schema {
            let start = "\(field.name): "
            let reason = plan.reasons.first { $0.startsWithBytes(of: start) }?.utf8.dropFirst(start.utf8.count)
            let text = reason.flatMap { String($0) } ?? ""
            let type = "\(field.typeDescription), "
            let isRepeated = text.startsWithBytes(of: type)
            table.append([field.name, field.typeDescription, isRepeated ? String(text.dropFirst(type.count)) : text])
        }
        var lines = table.lines
        for group in plan.groups where group.count > 1 {
            lines.append("  lie together: \(group.joined(separator: ", ").visible)")
        }
        let written = Wording.count(rows, "row")
        let time = "in \(Wording.seconds(seconds)), \(Wording.speed(speed))"
        if let summary {
            let all = summary.rowCount == rows ? "" : ", now \(Wording.count(summary.rowCount, "row"))"
            lines.append("\(done): \(written)\(all), \(Wording.bytes(summary.byteCount)) \(time)")
        } else {
            lines.append("would write \(written), \(Wording.bytes(valueBytes)) of values; all fit (\(time))")
        }
        try Console.report(lines: lines)
    }

    private func reportJSON(_ file: String) throws(ColonnadeError) {
        try Console.report { (json) throws(ColonnadeError) in
            json.member("file", file.readableFileName)
            json.member("dry_run", summary == nil)
            json.member("rows", rows)
            if let summary {
                json.member("total_rows", summary.rowCount)
                json.member("bytes", summary.byteCount)
                json.member("segments", summary.segmentCount)
            }
            json.member("value_bytes", valueBytes)
            json.member("seconds", seconds)
            json.member("bytes_per_second", speed)
            if let skipped {
                json.member("skipped", skipped.count)
                json.key("skipped_files")
                json.array { json in
                    for reason in skipped.reasons { json.value(reason) }
                }
            }
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
