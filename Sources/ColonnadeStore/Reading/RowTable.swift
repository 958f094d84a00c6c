// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// Where the rows of each plain group lie in memory, in the form that the kernel reads. Valid as long as the mapping is.
@safe
final class RowTable: @unchecked Sendable {
    private let runs: UnsafeMutableBufferPointer<colonnade_run>
    /// Of each group: where the rows of each segment begin.
    private let segments: [UnsafeMutableBufferPointer<UnsafeRawPointer>]
    private let strides: [Int]
    private let runCount: Int

    /// O(segments × groups).
    init(_ layout: FileLayout, in file: MappedFile) {
        guard let base = unsafe file.bytes.baseAddress else { preconditionFailure("an open file has no bytes") }
        let all = layout.footer.runs.flatMap(\.segments)
        unsafe runs = .allocate(capacity: max(layout.footer.runs.count, 1))
        unsafe runs.initialize(repeating: colonnade_run(first_row: 0, row_count: 0, exponent: 0, first_segment: 0))
        for (index, run) in RowRun.all(layout).enumerated() {
            unsafe runs[index] = colonnade_run(
                first_row: Int64(run.rows.lowerBound), row_count: Int64(run.rows.count), exponent: run.exponent,
                first_segment: run.firstSegment)
        }
        runCount = layout.footer.runs.count
        strides = layout.footer.groups.map(\.stride)
        unsafe segments = layout.footer.groups.indices.map { group in
            let starts = UnsafeMutableBufferPointer<UnsafeRawPointer>.allocate(capacity: max(all.count, 1))
            unsafe starts.initialize(repeating: base)
            for (index, segment) in all.enumerated() {
                unsafe starts[index] = base + (segment.offset + segment.regions[group].offset)
            }
            return unsafe starts
        }
    }

    deinit {
        for index in unsafe segments.indices { unsafe segments[index].deallocate() }
        unsafe runs.deallocate()
    }

    /// Of one group.
    @unsafe func rows(ofGroup group: Int) -> colonnade_rows {
        guard let first = unsafe runs.baseAddress, let starts = unsafe segments[group].baseAddress else {
            preconditionFailure("tables have addresses")
        }
        return unsafe colonnade_rows(
            runs: first, run_count: runCount, segments: UnsafePointer(starts), stride: strides[group])
    }
}
