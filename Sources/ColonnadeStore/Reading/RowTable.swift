// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// The addresses of the rows of each plain group, in the form of the kernels, for one file or for several files one
/// after another. The table is valid during the lifetime of the mappings.
@safe
final class RowTable: @unchecked Sendable {
    let runs: RunIndex
    /// By group, the addresses of the first rows of all segments.
    private let segments: [UnsafeMutableBufferPointer<UnsafeRawPointer>]
    private let strides: [Int]
    /// By the first region of a ragged column, the starts of the tables of ends of all segments.
    private let ends: [Int: UnsafeMutableBufferPointer<colonnade_end>]

    /// The rows of one file.
    struct Source {
        let layout: FileLayout
        let columns: [ColumnReader]
        let file: MappedFile

        /// Returns whether a group with the given number exists and has the given stride.
        func hasGroup(_ group: Int, stride: Int) -> Bool {
            layout.footer.groups.indices.contains(group) && layout.footer.groups[group].stride == stride
        }
    }

    /// - Parameters:
    ///   - sources: the files, at least one. The table must be used only for groups and ragged columns that have the
    ///     same layout in all files.
    ///   - rowRuns: the runs of all files.
    ///
    /// O(segments × columns).
    init(_ sources: [Source], _ rowRuns: [RowRun]) {
        let (first, segmentCount) = (sources[0], sources.reduce(0) { $0 + $1.segmentCount })
        runs = RunIndex(rowRuns)
        strides = first.layout.footer.groups.map(\.stride)
        unsafe segments = first.layout.footer.groups.enumerated().map { group, descriptor in
            let starts = UnsafeMutableBufferPointer<UnsafeRawPointer>.allocate(capacity: max(segmentCount, 1))
            unsafe starts.initialize(repeating: first.base)
            var index = 0
            for source in sources {
                for segment in source.layout.footer.runs.lazy.flatMap(\.segments) {
                    if source.hasGroup(group, stride: descriptor.stride) {
                        unsafe starts[index] = source.base + (segment.offset + segment.regions[group].offset)
                    }
                    index += 1
                }
            }
            return unsafe starts
        }
        // A dictionary by region, since a file may have tens of thousands of columns.
        let others = sources.dropFirst().map { source in
            Dictionary(
                source.columns.lazy.filter { $0.group == nil }.map { ($0.endsRegion, $0) }, uniquingKeysWith: { $1 })
        }
        var ends = unsafe [Int: UnsafeMutableBufferPointer<colonnade_end>]()
        for column in first.columns where column.group == nil {
            guard others.allSatisfy({ $0[column.endsRegion]?.liesLike(column) ?? false }) else { continue }
            let tables = UnsafeMutableBufferPointer<colonnade_end>.allocate(capacity: max(segmentCount, 1))
            var index = 0
            for source in sources {
                for segment in source.layout.footer.runs.lazy.flatMap(\.segments) {
                    let values = segment.regions[column.valuesRegion]
                    unsafe tables.initializeElement(
                        at: index,
                        to: colonnade_end(
                            end: (source.base + (segment.offset + segment.regions[column.endsRegion].offset))
                                .assumingMemoryBound(to: UInt64.self),
                            values: (source.base + (segment.offset + values.offset)).assumingMemoryBound(
                                to: UInt8.self),
                            length: UInt64(values.length), is_first: 1))
                    index += 1
                }
            }
            unsafe ends[column.endsRegion] = tables
        }
        unsafe self.ends = unsafe ends
    }

    /// Writes the locations of the ends of rows of a ragged column to memory that is large enough. Returns false for other columns.
    /// The values of a compressed column are located as if they were plain.
    @unsafe func write(
        endsOf rows: ArraySlice<Int>, _ column: ColumnReader, to memory: UnsafeMutablePointer<colonnade_end>
    ) -> Bool {
        guard let tables = unsafe ends[column.endsRegion]?.baseAddress else { return false }
        var runs = unsafe self.runs.kernelRuns
        var run = unsafe runs.runs
        for (index, row) in rows.enumerated() {
            var local = unsafe row - Int(run.pointee.first_row)
            if unsafe local < 0 || local >= run.pointee.row_count {
                unsafe run = colonnade_run_of(&runs, Int64(row))
                local = unsafe row - Int(run.pointee.first_row)
            }
            let exponent = unsafe run.pointee.exponent
            let place = local & (1 << exponent - 1)
            var entry = unsafe tables[Int(run.pointee.first_segment) + local >> exponent]
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
    }

    /// Returns the table of one group, in the form of the kernels.
    @unsafe func rows(ofGroup group: Int) -> colonnade_rows {
        guard let starts = unsafe segments[group].baseAddress else { preconditionFailure("tables have addresses") }
        return unsafe colonnade_rows(
            runs: runs.kernelRuns, segments: UnsafePointer(starts), stride: strides[group])
    }
}

extension RowTable.Source {
    fileprivate var segmentCount: Int { layout.footer.runs.reduce(0) { $0 + $1.segments.count } }

    @unsafe fileprivate var base: UnsafeRawPointer {
        guard let base = unsafe file.bytes.baseAddress else { preconditionFailure("an open file has no bytes") }
        return unsafe base
    }
}
