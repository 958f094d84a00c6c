// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels

/// The runs of a data set, or of several joined ones, in the form that the C kernels read. A table finds the run of a
/// row in constant time on average, so files of many appends and data sets of many files are read in any order as fast
/// as a single run.
@safe
final class RunIndex: @unchecked Sendable {
    private let runs: UnsafeMutableBufferPointer<colonnade_run>
    private let buckets: UnsafeMutableBufferPointer<UInt32>
    private let shift: UInt32
    /// The tables of runs that are one segment each; nil for others.
    private let single: (bounds: UnsafeMutableBufferPointer<UInt64>, firstRows: UnsafeMutableBufferPointer<Int64>)?

    /// The largest number of buckets for each run; the smallest is half of it, so that two runs of equal size never begin in the
    /// same bucket. The tables of thousands of runs with more buckets would not stay in the second-level cache.
    private static let bucketsPerRun = 2

    /// - Parameter rowRuns: all runs, in row order, without a gap. An empty list counts as a run without rows.
    ///
    /// O(runs).
    init(_ rowRuns: [RowRun]) {
        let count = max(rowRuns.count, 1)
        unsafe runs = .allocate(capacity: count)
        unsafe runs.initialize(repeating: colonnade_run(first_row: 0, row_count: 0, first_segment: 0, exponent: 0))
        for (index, run) in rowRuns.enumerated() {
            unsafe runs[index] = colonnade_run(
                first_row: Int64(run.rows.lowerBound), row_count: Int64(run.rows.count),
                first_segment: UInt32(run.firstSegment), exponent: UInt8(run.exponent))
        }
        let lastRow = max((rowRuns.last?.rows.upperBound ?? 0) - 1, 0)
        var shift: UInt32 = 63
        while count > 1, shift > 0, lastRow >> (shift - 1) < count * RunIndex.bucketsPerRun { shift -= 1 }
        self.shift = shift
        let bucketCount = lastRow >> shift + 1
        unsafe buckets = .allocate(capacity: bucketCount + 1)
        var run = 0
        for bucket in 0..<bucketCount {
            while run + 1 < count, unsafe runs[run + 1].first_row <= bucket << shift { run += 1 }
            unsafe buckets.initializeElement(at: bucket, to: UInt32(run))
        }
        unsafe buckets.initializeElement(at: bucketCount, to: UInt32(count - 1))
        guard count > 1, shift < 32, rowRuns.enumerated().allSatisfy({ $1.firstSegment == $0 && $1.isOneSegment })
        else {
            unsafe single = nil
            return
        }
        let bounds = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: bucketCount)
        for bucket in 0..<bucketCount {
            let run = unsafe Int(buckets[bucket])
            let next = min(run + 1 < count ? rowRuns[run + 1].rows.lowerBound - bucket << shift : .max, 1 << shift)
            let hasSeveral = run + 2 < count && rowRuns[run + 2].rows.lowerBound < (bucket + 1) << shift
            let before = hasSeveral ? UInt64(UInt32.max) : UInt64(next)
            unsafe bounds.initializeElement(at: bucket, to: before << 32 | UInt64(run))
        }
        let firstRows = UnsafeMutableBufferPointer<Int64>.allocate(capacity: count)
        for (index, run) in rowRuns.enumerated() {
            unsafe firstRows.initializeElement(at: index, to: Int64(run.rows.lowerBound))
        }
        unsafe single = (bounds, firstRows)
    }

    deinit {
        unsafe runs.deallocate()
        unsafe buckets.deallocate()
        unsafe single?.bounds.deallocate()
        unsafe single?.firstRows.deallocate()
    }

    /// The runs in the form of the kernels, valid during the lifetime of this object.
    @unsafe var kernelRuns: colonnade_runs {
        guard let first = unsafe runs.baseAddress, let bucket = unsafe buckets.baseAddress else {
            preconditionFailure("tables have addresses")
        }
        return unsafe colonnade_runs(
            runs: first, buckets: bucket, shift: shift, bounds: UnsafePointer(single?.bounds.baseAddress),
            first_rows: UnsafePointer(single?.firstRows.baseAddress))
    }

    /// Returns the index of the run that contains a row. The row must be in range, which is not checked.
    func index(ofRow row: Int) -> Int {
        var all = unsafe kernelRuns
        return unsafe colonnade_run_of(&all, Int64(row)) - all.runs
    }
}
