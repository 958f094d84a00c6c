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

    /// The number of buckets for each run. Only a bucket that contains the beginning of a run needs a comparison.
    private static let bucketsPerRun = 8

    /// - Parameter rowRuns: all runs, in row order, without a gap. An empty list counts as a run without rows.
    ///
    /// O(runs).
    init(_ rowRuns: [RowRun]) {
        let count = max(rowRuns.count, 1)
        unsafe runs = .allocate(capacity: count)
        unsafe runs.initialize(repeating: colonnade_run(first_row: 0, row_count: 0, exponent: 0, first_segment: 0))
        for (index, run) in rowRuns.enumerated() {
            unsafe runs[index] = colonnade_run(
                first_row: Int64(run.rows.lowerBound), row_count: Int64(run.rows.count), exponent: run.exponent,
                first_segment: run.firstSegment)
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
    }

    deinit {
        unsafe runs.deallocate()
        unsafe buckets.deallocate()
    }

    /// The runs in the form of the kernels, valid during the lifetime of this object.
    @unsafe var kernelRuns: colonnade_runs {
        guard let first = unsafe runs.baseAddress, let bucket = unsafe buckets.baseAddress else {
            preconditionFailure("tables have addresses")
        }
        return unsafe colonnade_runs(runs: first, buckets: bucket, shift: shift)
    }

    /// Returns the index of the run that contains a row. The row must be in range, which is not checked.
    func index(ofRow row: Int) -> Int {
        var all = unsafe kernelRuns
        return unsafe colonnade_run_of(&all, Int64(row)) - all.runs
    }
}
