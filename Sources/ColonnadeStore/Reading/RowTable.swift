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
    /// Of each plain ragged column, by its first region: the beginning of the table of ends of each segment.
    private let ends: [Int: UnsafeMutableBufferPointer<colonnade_end>]
    private let runCount: Int

    /// O(segments × columns).
    init(_ layout: FileLayout, _ columns: [ColumnReader], in file: MappedFile) {
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
        var ends = unsafe [Int: UnsafeMutableBufferPointer<colonnade_end>]()
        for column in columns where column.group == nil && column.codec == .plain {
            let tables = UnsafeMutableBufferPointer<colonnade_end>.allocate(capacity: max(all.count, 1))
            for (index, segment) in all.enumerated() {
                let values = segment.regions[column.valuesRegion]
                unsafe tables.initializeElement(
                    at: index,
                    to: colonnade_end(
                        end: (base + (segment.offset + segment.regions[column.endsRegion].offset))
                            .assumingMemoryBound(to: UInt64.self),
                        values: (base + (segment.offset + values.offset)).assumingMemoryBound(to: UInt8.self),
                        length: UInt64(values.length), is_first: 1))
            }
            unsafe ends[column.endsRegion] = tables
        }
        unsafe self.ends = unsafe ends
    }

    /// Writes where the ends of these rows of a plain ragged column stand, by segments of these runs; there is memory for as
    /// many. False for other columns.
    @unsafe func write(
        endsOf rows: ArraySlice<Int>, _ column: ColumnReader, _ dataset: StoredDataset,
        to memory: UnsafeMutablePointer<colonnade_end>
    ) -> Bool {
        guard let tables = unsafe ends[column.endsRegion]?.baseAddress, var run = dataset.rowRuns.first else {
            return false
        }
        for (index, row) in rows.enumerated() {
            if !run.rows.contains(row) { run = dataset.rowRuns[dataset.run(ofRow: row)] }
            let local = row - run.rows.lowerBound
            let place = local & (1 << run.exponent - 1)
            var entry = unsafe tables[run.firstSegment + local >> run.exponent]
            unsafe entry.end += place
            unsafe entry.is_first = place == 0 ? 1 : 0
            unsafe (memory + index).initialize(to: entry)
        }
        return true
    }

    deinit {
        let regions = unsafe Array(ends.keys)
        for region in regions { unsafe ends[region]?.deallocate() }
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
