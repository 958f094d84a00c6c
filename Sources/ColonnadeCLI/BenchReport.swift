// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import ColonnadeIngest
import ColonnadeSystem

/// The measurements of a bench, by epoch.
struct BenchReport {
    private struct Epoch {
        var batches = 0
        var rows = 0
        /// The number of bytes in the tensors of all batches.
        var bytes = 0
        var seconds = 0.0

        var rowsPerSecond: Double { Double(rows) / max(seconds, 1e-9) }
        var bytesPerSecond: Double { Double(bytes) / max(seconds, 1e-9) }
    }

    private let openSeconds: Double
    private var firstBatchSeconds: Double?
    private var epochs: [Epoch] = []

    init(openSeconds: Double) { self.openSeconds = openSeconds }

    /// Reads one epoch and measures it.
    mutating func run(
        _ stream: Colonnade.Stream, limit: Int?, _ visit: (Sample) throws(ColonnadeError) -> Void
    ) throws(ColonnadeError) {
        var epoch = Epoch()
        let start = ContinuousClock.now
        var pass = stream.makeIterator()
        while epoch.batches < limit ?? Int.max, let batch = try pass.next() {
            if firstBatchSeconds == nil { firstBatchSeconds = (ContinuousClock.now - start).seconds }
            epoch.batches += 1
            epoch.rows += batch.tensors.first?.shape.first ?? 0
            epoch.bytes += batch.tensors.reduce(0) { $0 + $1.byteCount }
            try visit(batch)
        }
        epoch.seconds = (ContinuousClock.now - start).seconds
        epochs.append(epoch)
    }

    private var rowsPerSecond: Double { median(epochs.map(\.rowsPerSecond)) }
    private var bytesPerSecond: Double { median(epochs.map(\.bytesPerSecond)) }

    private func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    var lines: [String] {
        let first = firstBatchSeconds.map { ", first batch after \(Wording.seconds($0))" } ?? ""
        var table = TextTable(
            [.right, .right, .right, .right, .right, .right],
            header: ["epoch", "rows", "batches", "seconds", "rows/s", "bytes/s"])
        for (number, epoch) in epochs.enumerated() {
            table.append([
                String(number), Wording.count(epoch.rows), Wording.count(epoch.batches),
                Wording.fixed(epoch.seconds, 4), Wording.rate(epoch.rowsPerSecond),
                Wording.speed(epoch.bytesPerSecond),
            ])
        }
        return ["  opened in \(Wording.seconds(openSeconds))\(first)", ""] + table.lines + [
            "",
            "  median \(Wording.rate(rowsPerSecond)) rows/s, \(Wording.speed(bytesPerSecond)); "
                + "peak memory \(Wording.bytes(Syscalls.peakResidentBytes()))",
        ]
    }

    func write(to json: inout JSONWriter) {
        json.member("rows_per_second", rowsPerSecond)
        json.member("bytes_per_second", bytesPerSecond)
        json.member("open_seconds", openSeconds)
        json.key("first_batch_seconds")
        if let firstBatchSeconds { json.value(firstBatchSeconds) } else { json.null() }
        json.member("epochs", epochs.count)
        json.key("per_epoch")
        json.array { json in
            for epoch in epochs {
                json.object { json in
                    json.member("rows", epoch.rows)
                    json.member("batches", epoch.batches)
                    json.member("bytes", epoch.bytes)
                    json.member("seconds", epoch.seconds)
                    json.member("rows_per_second", epoch.rowsPerSecond)
                    json.member("bytes_per_second", epoch.bytesPerSecond)
                }
            }
        }
        json.member("peak_resident_bytes", Syscalls.peakResidentBytes())
    }
}
