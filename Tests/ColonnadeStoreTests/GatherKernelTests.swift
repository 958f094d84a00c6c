// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore
import ColonnadeStoreTestSupport
import Testing

/// Compares the loop that copies rows with a simple loop.
@Suite struct GatherKernelTests {
    private struct Column {
        var size: Int
        var offset: Int
        /// The conversion of the column; nil for a copy.
        var model: ConversionModel?
    }

    /// Returns adjacent columns with gaps. One in ten has many elements.
    private func columns(_ data: inout RandomData) -> [Column] {
        var offset = 0
        if data.below(4) == 0 {
            // Adjacent columns of one size, as in a table.
            let size = 4 << data.below(2)
            return (0..<2 + data.below(30)).map { _ in
                offset += data.below(12) == 0 ? 2 : 0
                defer { offset += size }
                return Column(size: size, offset: offset, model: nil)
            }
        }
        if data.below(8) == 0 {
            // A row of some cache lines, which is copied line by line.
            return [Column(size: 90 + data.below(1000), offset: data.below(70), model: nil)]
        }
        return (0..<1 + data.below(data.below(4) == 0 ? 12 : 3)).map { _ in
            offset += data.below(3)
            let source = DType.allCases[data.below(13)]
            let target = DType.allCases[data.below(13)]
            let channels = target.isFloatingPoint ? data.below(6) : 0
            let scales = (0..<channels).map { _ in Double(data.below(9) - 4) / 3 }
            let model = ConversionModel(
                source, target, scales: scales, offsets: data.below(2) == 0 ? nil : scales.reversed(),
                inner: 1 + data.below(3))
            let elements = [0, 1, 1, 2, 3, 4, 8, 16, 24, 33, 784, 6200, 20_000][
                data.below(data.below(10) == 0 ? 13 : 10)]
            defer { offset += elements * source.size }
            return Column(size: elements * source.size, offset: offset, model: data.below(2) == 0 ? nil : model)
        }
    }

    @Test func `gather copies and converts any rows of any columns of any runs`() {
        var data = RandomData(seed: 2)
        var (consecutive, single) = (0, 0)
        for _ in 0..<400 {
            let areConsecutive = data.below(4) == 0
            var columns = columns(&data)
            while areConsecutive, columns.count < 2 || columns[columns.count - 1].offset > 2_000 {
                columns = self.columns(&data)
            }
            let last = columns[columns.count - 1]
            let stride = last.offset + last.size + data.below(3)
            // Segments are in random order at unaligned addresses.
            var runs: [colonnade_run] = []
            var starts: [Int] = []
            var places: [Int] = []
            let areSingle = !areConsecutive && data.below(3) == 0
            defer { single += areSingle && runs.count > 1 ? 1 : 0 }
            let rowLimit = stride > 20_000 ? 4 : areConsecutive ? 90 : 40
            for _ in 0..<1 + (areConsecutive ? 2 : data.below(2) * data.below(6)) {
                let exponent = areSingle ? 7 : data.below(5)
                let count = 1 + data.below(rowLimit)
                runs.append(
                    colonnade_run(
                        first_row: Int64(places.count), row_count: Int64(count),
                        first_segment: UInt32(starts.count), exponent: UInt8(exponent)))
                for row in 0..<count {
                    if row % (1 << exponent) == 0 { starts.append(data.below(10_000)) }
                    places.append(starts[starts.count - 1] + row % (1 << exponent) * stride)
                }
            }
            let source = data.bytes(10_000 + stride * 41 + 1)
            let first = data.below(areConsecutive ? places.count / 2 + 1 : places.count)
            let count =
                areConsecutive
                ? places.count - first : data.below(4) == 0 ? data.below(200) : data.below(71)
            var rows = (0..<count + data.below(2) * data.below(100)).map { _ in Int64(data.below(places.count)) }
            if areConsecutive {
                rows.replaceSubrange(..<count, with: Int64(first)..<Int64(places.count))
                // Rows of fewer are gathered as any others.
                consecutive += count >= 64 ? 1 : 0
            }
            let expected = columns.map { column in
                rows[..<count].flatMap { row in
                    let start = places[Int(row)] + column.offset
                    let bytes = Array(source[start..<start + column.size])
                    return column.model.map { $0.run(bytes) } ?? bytes
                }
            }
            var targets = expected.map { [UInt8](repeating: 0xEE, count: $0.count + 8) }
            gather(columns, source, (runs, starts, stride), rows, count, continues: data.below(2) == 0, &targets)
            for (found, expected) in zip(targets, expected) {
                #expect(found == expected + [UInt8](repeating: 0xEE, count: 8))
            }
        }
        #expect(consecutive > 40 && single > 30)
    }

    /// Calls `body` with the runs and a table of buckets of 2^shift rows, which is computed from its definition.
    private func withRuns(_ runs: [colonnade_run], shift: UInt32, _ body: (colonnade_runs) -> Void) {
        let rowCount = runs.reduce(0) { $0 + $1.row_count }
        let starts = (0...(rowCount - 1) >> shift).map { $0 << shift }
        let lasts = starts.map { start in UInt32(runs.lastIndex { $0.first_row <= start }!) }
        let buckets = lasts + [UInt32(runs.count - 1)]
        // Runs of one segment have two more tables.
        let isSingle = runs.count > 1 && shift < 32 && runs.allSatisfy { $0.row_count <= 1 << $0.exponent }
        let bounds =
            !isSingle
            ? []
            : zip(starts, lasts).map { start, last -> UInt64 in
                let firsts = runs[(Int(last) + 1)...].map { $0.first_row - start }.filter { $0 < 1 << shift }
                return UInt64(firsts.count > 1 ? Int64(UInt32.max) : firsts.first ?? 1 << shift) << 32 | UInt64(last)
            }
        let firstRows = runs.map(\.first_row)
        unsafe runs.withUnsafeBufferPointer { runs in
            unsafe buckets.withUnsafeBufferPointer { buckets in
                unsafe bounds.withUnsafeBufferPointer { bounds in
                    unsafe firstRows.withUnsafeBufferPointer { firstRows in
                        unsafe body(
                            colonnade_runs(
                                runs: runs.baseAddress!, buckets: buckets.baseAddress!, shift: shift,
                                bounds: isSingle ? bounds.baseAddress : nil,
                                first_rows: isSingle ? firstRows.baseAddress : nil))
                    }
                }
            }
        }
    }

    private func gather(
        _ columns: [Column], _ source: [UInt8], _ layout: (runs: [colonnade_run], starts: [Int], stride: Int),
        _ rows: [Int64], _ count: Int, continues: Bool, _ targets: inout [[UInt8]]
    ) {
        // The pointers are valid during the call.
        let memory = unsafe targets.map { target in
            let memory = UnsafeMutableRawPointer.allocate(byteCount: target.count, alignment: 1)
            unsafe target.withUnsafeBytes { unsafe memory.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
            return unsafe memory
        }
        defer { for index in targets.indices { unsafe memory[index].deallocate() } }
        func call(_ members: [colonnade_member], _ rest: ArraySlice<Column>) {
            if let column = rest.first {
                let target = unsafe memory[members.count]
                func next(_ conversion: UnsafePointer<colonnade_conversion>?) {
                    let member = unsafe colonnade_member(
                        target: target, step: 0, offset: column.offset,
                        elements: column.model.map { column.size / $0.source.size } ?? 0, conversion: conversion,
                        size: column.size)
                    unsafe call(members + [member], rest.dropFirst())
                }
                if let model = column.model { unsafe model.withConversion { unsafe next($0) } } else { next(nil) }
                return
            }
            unsafe source.withUnsafeBytes { bytes in
                let segments = unsafe layout.starts.map { unsafe bytes.baseAddress! + $0 }
                unsafe withRuns(layout.runs, shift: UInt32(count % 7)) { runs in
                    unsafe segments.withUnsafeBufferPointer { segments in
                        let place = unsafe colonnade_rows(
                            runs: runs, segments: segments.baseAddress!, stride: layout.stride, strides: nil)
                        var members = unsafe members
                        unsafe members.withUnsafeMutableBufferPointer { members in
                            var group = unsafe colonnade_group(
                                where: place, members: members.baseAddress!, member_count: members.count)
                            unsafe (rows + [0]).withUnsafeBufferPointer { numbers in
                                unsafe colonnade_gather(
                                    &group, 1, numbers.baseAddress!, count, rows.count, max(count, 1), continues)
                            }
                        }
                    }
                }
            }
        }
        unsafe call([], columns[...])
        for index in targets.indices {
            targets[index] = unsafe Array(
                UnsafeRawBufferPointer(start: memory[index], count: targets[index].count))
        }
    }

    @Test(arguments: [0, 4]) func `a result larger than the caches is the same`(shift: Int) {
        var data = RandomData(seed: 8)
        let (size, count, stride) = (3080, 720, 3100)
        let source = data.bytes(stride * 8)
        let rows = (0..<count).map { _ in Int64(data.below(8)) }
        for scales in [[0.5], [0.5, -3, 1.0 / 255]] {
            let model = ConversionModel(.uint8, .float32, scales: scales, offsets: scales.count == 1 ? nil : [1, 2, 3])
            let expected = (0..<8).map { model.run(Array(source[$0 * stride..<$0 * stride + size])) }
            let target = UnsafeMutableRawPointer.allocate(byteCount: shift + count * size * 4, alignment: 64)
            defer { unsafe target.deallocate() }
            unsafe model.withConversion { conversion in
                unsafe source.withUnsafeBytes { bytes in
                    let segments = unsafe [bytes.baseAddress!]
                    let runs = [colonnade_run(first_row: 0, row_count: 8, first_segment: 0, exponent: 3)]
                    unsafe withRuns(runs, shift: 63) { runs in
                        unsafe segments.withUnsafeBufferPointer { segments in
                            let place = unsafe colonnade_rows(
                                runs: runs, segments: segments.baseAddress!, stride: stride, strides: nil)
                            var member = unsafe colonnade_member(
                                target: target + shift, step: 0, offset: 0, elements: size, conversion: conversion,
                                size: size)
                            unsafe withUnsafeMutablePointer(to: &member) { member in
                                var group = unsafe colonnade_group(where: place, members: member, member_count: 1)
                                unsafe colonnade_gather(&group, 1, rows, count, count, count, false)
                            }
                        }
                    }
                }
            }
            for (index, row) in rows.enumerated() {
                let found = unsafe UnsafeRawBufferPointer(start: target + shift + index * size * 4, count: size * 4)
                #expect(unsafe Array(found) == expected[Int(row)])
            }
        }
    }
}
