// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// The addresses of rows, in the form of the kernels, for one file or for several files one after another. It has the rows of groups,
/// whose columns lie together in all files, and those of columns whose rows vary. The table is valid during the lifetime of the
/// mappings.
@safe
final class RowTable: @unchecked Sendable {
    let runs: RunIndex
    /// By group, the addresses of the first rows of all segments.
    private let segments: [UnsafeMutableBufferPointer<UnsafeRawPointer>]
    /// By group, the distance between rows of the first file.
    private let strides: [Int]
    /// By group, the distances between rows of each run; nil if all files have that of the first one.
    private let stridesOfRuns: [UnsafeMutableBufferPointer<Int>?]
    /// By column, the starts of the tables of ends of all segments.
    private let ends: [Int: UnsafeMutableBufferPointer<colonnade_end>]

    /// A file, and the location of the groups and columns in it.
    struct Source {
        let layout: FileLayout
        let file: MappedFile
        /// By group of the table.
        let groups: [GroupPlace]
        /// In the order of the columns of the table.
        let ends: [EndsPlace]
    }

    /// The location of the rows of a group: a group of the file, and an offset in its rows.
    struct GroupPlace {
        let region: Int
        let offset: Int
        let stride: Int
    }

    /// The regions with the ends and the values of a column of rows that vary.
    struct EndsPlace {
        let endsRegion: Int
        let valuesRegion: Int
    }

    /// Makes the table of one file, with its own groups and columns. O(segments × columns).
    convenience init(_ layout: FileLayout, _ columns: [ColumnReader], _ file: MappedFile, _ rowRuns: [RowRun]) {
        let variable = columns.indices.filter { columns[$0].group == nil }
        let groups = layout.footer.groups.enumerated().map { GroupPlace(region: $0, offset: 0, stride: $1.stride) }
        let source = Source(
            layout: layout, file: file, groups: groups, ends: variable.map { columns[$0].endsPlace })
        self.init([source], rowRuns, columns: variable)
    }

    /// - Parameters:
    ///   - sources: the files, at least one.
    ///   - rowRuns: the runs of all files.
    ///   - columns: the columns of rows that vary, by which `write(endsOf:_:to:)` finds them.
    ///
    /// O(segments × columns).
    init(_ sources: [Source], _ rowRuns: [RowRun], columns: [Int]) {
        let (first, segmentCount) = (sources[0], sources.reduce(0) { $0 + $1.segmentCount })
        runs = RunIndex(rowRuns)
        strides = first.groups.map(\.stride)
        unsafe segments = first.groups.indices.map { group in
            let starts = UnsafeMutableBufferPointer<UnsafeRawPointer>.allocate(capacity: max(segmentCount, 1))
            unsafe starts.initialize(repeating: first.base)
            var index = 0
            for source in sources {
                let place = source.groups[group]
                for segment in source.layout.footer.runs.lazy.flatMap(\.segments) {
                    unsafe starts[index] =
                        source.base + (segment.offset + segment.regions[place.region].offset + place.offset)
                    index += 1
                }
            }
            return unsafe starts
        }
        unsafe stridesOfRuns = first.groups.indices.map { group in
            guard sources.contains(where: { $0.groups[group].stride != first.groups[group].stride }) else {
                return nil
            }
            let all = sources.flatMap { source in
                repeatElement(source.groups[group].stride, count: source.layout.footer.runs.count)
            }
            let strides = UnsafeMutableBufferPointer<Int>.allocate(capacity: max(all.count, 1))
            // Without any run, the kernels see one without rows.
            unsafe strides.initialize(repeating: 0)
            for (run, stride) in all.enumerated() { unsafe strides[run] = stride }
            return unsafe strides
        }
        var ends = unsafe [Int: UnsafeMutableBufferPointer<colonnade_end>]()
        for (position, column) in columns.enumerated() {
            let tables = UnsafeMutableBufferPointer<colonnade_end>.allocate(capacity: max(segmentCount, 1))
            var index = 0
            for source in sources {
                let place = source.ends[position]
                for segment in source.layout.footer.runs.lazy.flatMap(\.segments) {
                    let values = segment.regions[place.valuesRegion]
                    unsafe tables.initializeElement(
                        at: index,
                        to: colonnade_end(
                            end: (source.base + (segment.offset + segment.regions[place.endsRegion].offset))
                                .assumingMemoryBound(to: UInt64.self),
                            values: (source.base + (segment.offset + values.offset)).assumingMemoryBound(
                                to: UInt8.self),
                            length: UInt64(values.length), is_first: 1))
                    index += 1
                }
            }
            unsafe ends[column] = tables
        }
        unsafe self.ends = unsafe ends
    }

    /// Writes the locations of the ends of rows of a ragged column to memory that is large enough. Returns false for other columns.
    /// The values of a compressed column are located as if they were plain.
    @unsafe func write(
        endsOf rows: ArraySlice<Int>, _ column: Int, to memory: UnsafeMutablePointer<colonnade_end>
    ) -> Bool {
        guard let tables = unsafe ends[column]?.baseAddress else { return false }
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
        let columns = unsafe Array(ends.keys)
        for column in columns { unsafe ends[column]?.deallocate() }
        for index in unsafe segments.indices {
            unsafe segments[index].deallocate()
            unsafe stridesOfRuns[index]?.deallocate()
        }
    }

    /// Returns the table of one group, in the form of the kernels.
    @unsafe func rows(ofGroup group: Int) -> colonnade_rows {
        guard let starts = unsafe segments[group].baseAddress else { preconditionFailure("tables have addresses") }
        return unsafe colonnade_rows(
            runs: runs.kernelRuns, segments: UnsafePointer(starts), stride: strides[group],
            strides: UnsafePointer(stridesOfRuns[group]?.baseAddress))
    }
}

extension ColumnReader {
    /// The location of the rows of a column that vary.
    var endsPlace: RowTable.EndsPlace { RowTable.EndsPlace(endsRegion: endsRegion, valuesRegion: valuesRegion) }
}

extension RowTable.Source {
    fileprivate var segmentCount: Int { layout.footer.runs.reduce(0) { $0 + $1.segments.count } }

    @unsafe fileprivate var base: UnsafeRawPointer {
        guard let base = unsafe file.bytes.baseAddress else { preconditionFailure("an open file has no bytes") }
        return unsafe base
    }
}
