// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore
import ColonnadeSystem

/// Rows that threads have made from files, in their order. Memory is bounded by `windowBytes` and one more file.
struct RowQueue {
    /// The bytes of values that are made together, about, and the most files.
    private static let windowBytes = 8 << 20
    private static let windowFiles = 256

    private(set) var bad: BadFiles
    private let total: Int
    private var ready: ArraySlice<(name: String, values: [RowValue])> = []
    private var meter = InterruptMeter()

    /// `total` is the number of files, for messages.
    init(_ bad: BadFiles, total: Int) {
        self.bad = bad
        self.total = total
    }

    /// The next row and the name of its job, which stay in the queue; nil at the end. `nextJob` returns the jobs of later rows, and
    /// nil at the end.
    ///
    /// A bad file is left out, or one error lists all bad files: then those after it are read too.
    mutating func peek(
        _ nextJob: () throws(ColonnadeError) -> RowJob?
    ) throws(ColonnadeError) -> (name: String, values: [RowValue])? {
        while ready.isEmpty || (bad.count > 0 && !bad.areSkipped) {
            let jobs = try window(nextJob)
            guard !jobs.isEmpty else {
                try bad.check(of: total)
                return nil
            }
            let outcomes = ParallelWork.results(jobs.count) { (index) throws(ColonnadeError) in try jobs[index].make() }
            var rows: [(name: String, values: [RowValue])] = []
            for (job, outcome) in zip(jobs, outcomes) {
                try meter.advanceByRow(of: job.byteCount)
                switch outcome {
                case .success(let row): rows.append((job.name, row))
                case .failure(let error): try bad.note(job.name, error)
                }
            }
            ready = rows[...]
        }
        return ready.first
    }

    mutating func removeFirst() { ready.removeFirst() }

    private func window(_ nextJob: () throws(ColonnadeError) -> RowJob?) throws(ColonnadeError) -> [RowJob] {
        var jobs: [RowJob] = []
        var byteCount = 0
        while jobs.count < Self.windowFiles, byteCount < Self.windowBytes, let job = try nextJob() {
            jobs.append(job)
            byteCount += job.byteCount
        }
        return jobs
    }

    /// Returns the next rows as a chunk, within the limits of `RecordSource.nextChunk`.
    mutating func chunk(
        _ schema: Schema, rowLimit: Int, byteLimit: Int, _ nextJob: () throws(ColonnadeError) -> RowJob?
    ) throws(ColonnadeError) -> RecordChunk? {
        var chunk = RecordChunk(rowCount: 0, columns: schema.map { _ in ColumnChunk() })
        var byteCount = 0
        while chunk.rowCount < max(rowLimit, 1), let row = try peek(nextJob)?.values {
            byteCount += row.reduce(0) { $0 + $1.bytes.count }
            if byteCount > byteLimit, chunk.rowCount > 0 { break }
            chunk.append(row, schema)
            removeFirst()
        }
        return chunk.rowCount > 0 ? chunk : nil
    }
}
