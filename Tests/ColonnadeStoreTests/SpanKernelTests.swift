// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore
import ColonnadeStoreTestSupport
import Testing

/// Compares the loops that find and copy ragged rows with simple loops.
@Suite struct SpanKernelTests {
    @Test func `spans are found, up to the first invalid one`() {
        var data = RandomData(seed: 4)
        for _ in 0..<2000 {
            let count = data.below(71)
            let step = [1, 2, 3, 4, 8, 12][data.below(6)]
            // The rows are in a few segments, each with a table of ends. Some rows break a rule.
            var tables: [[UInt64]] = [[]]
            var rows: [(table: Int, row: Int)] = []
            for _ in 0..<count {
                if data.below(8) == 0 { tables.append([]) }
                let table = tables.count - 1
                let previous = tables[table].last ?? 0
                let odd = data.below(60) == 0 ? [1, .max, 1 << 63, 1000 * 24][data.below(4)] : UInt64(0)
                tables[table].append(previous &+ UInt64(step * data.below(20)) &+ odd)
                rows.append((table, tables[table].count - 1))
            }
            let lengths = tables.map { ($0.last ?? 0) &- (data.below(20) == 0 ? 1 : 0) }
            let limit = data.below(4) == 0 ? 15 * step : 1 << 40
            var expected: [(start: UInt64, bytes: Int)] = []
            for (table, row) in rows {
                let (start, end) = (row == 0 ? 0 : tables[table][row - 1], tables[table][row])
                guard start <= end, end <= lengths[table], (end - start) % UInt64(step) == 0, end - start <= limit
                else { break }
                expected.append((start, Int(end - start)))
            }
            let flat = tables.flatMap { $0 }
            let firsts = tables.indices.map { tables[..<$0].reduce(0) { $0 + $1.count } }
            unsafe (flat + [0]).withUnsafeBufferPointer { memory in
                // The address is arbitrary, since the values are never read.
                let values = unsafe UnsafePointer<UInt8>(bitPattern: 1 << 20)!
                let ends = unsafe rows.map { table, row in
                    unsafe colonnade_end(
                        end: memory.baseAddress! + firsts[table] + row, values: values + table,
                        length: lengths[table], is_first: row == 0 ? 1 : 0)
                }
                var spans = unsafe [colonnade_span](repeating: .init(start: values, bytes: 0), count: count + 1)
                var longest = 77
                let found = unsafe colonnade_find_spans(ends, count, step, limit, &spans, &longest)
                #expect(found == expected.count)
                #expect(longest == expected.map(\.bytes).max() ?? 0)
                for (index, row) in expected.enumerated() where index < found {
                    let address = Int(bitPattern: values) + rows[index].table + Int(row.start)
                    #expect(unsafe Int(bitPattern: spans[index].start) == address && spans[index].bytes == row.bytes)
                }
            }
        }
    }

    @Test(arguments: DType.allCases) func `spans are copied or converted, and the rest is filled`(source: DType) {
        var data = RandomData(seed: UInt64(source.rawValue))
        for round in 0..<150 {
            let isCopy = round % 2 == 0
            let target = isCopy ? source : DType.allCases[data.below(13)]
            let scales = target.isFloatingPoint ? (0..<data.below(4)).map { _ in Double(data.below(9)) / 3 } : []
            let model = ConversionModel(source, target, scales: scales, inner: 1 + data.below(2))
            let longest = data.below(data.below(5) == 0 ? 3000 : 40)
            let memory = data.bytes(longest * source.size + 100)
            let rows = (0..<data.below(40)).map { _ in (start: data.below(100), count: data.below(longest + 1)) }
            let element = data.below(2) == 0 ? nil : data.bytes(target.size)
            let padding = element ?? [UInt8](repeating: 0, count: target.size)
            let expected = rows.flatMap { row in
                let own = Array(memory[row.start..<row.start + row.count * source.size])
                return (isCopy ? own : model.run(own)) + (row.count..<longest).flatMap { _ in padding }
            }
            var found = [UInt8](repeating: 0xEE, count: expected.count + 8)
            unsafe model.withConversion { conversion in
                unsafe memory.withUnsafeBytes { memory in
                    let spans = unsafe rows.map {
                        unsafe colonnade_span(start: memory.baseAddress! + $0.start, bytes: $0.count * source.size)
                    }
                    unsafe padding.withUnsafeBytes { padding in
                        unsafe colonnade_gather_spans(
                            spans, rows.count, rows.count, isCopy ? nil : conversion, source.size, longest, &found,
                            element == nil ? nil : padding.baseAddress, target.size)
                    }
                }
            }
            #expect(found == expected + [UInt8](repeating: 0xEE, count: 8))
        }
    }

    @Test func `texts are copied one after another, each at a multiple of eight bytes`() {
        var data = RandomData(seed: 5)
        for round in 0..<300 {
            // Every byte but 255, which texts do not have.
            let memory = data.bytes(400).map { $0 == 255 ? 7 : $0 }
            let lengths = (0..<data.below(30)).map { _ in data.below(data.below(4) == 0 ? 300 : 20) }
            let starts = lengths.map { data.below(400 - $0 + 1) }
            let wrong = round % 5 == 0 && !lengths.isEmpty ? data.below(lengths.count) : -1
            var expected: [UInt8] = []
            for (start, length) in zip(starts, lengths) {
                expected += memory[start..<start + length] + [UInt8](repeating: 0, count: (8 - length % 8) % 8)
            }
            unsafe memory.withUnsafeBytes { memory in
                var spans = unsafe zip(starts, lengths).map {
                    unsafe colonnade_span(start: memory.baseAddress! + $0, bytes: $1)
                }
                #expect(unsafe colonnade_texts_size(spans, spans.count) == 8 * (1 + lengths.count) + expected.count)
                var found = [UInt64](repeating: 0xEEEE_EEEE_EEEE_EEEE, count: expected.count / 8 + 1)
                var sizes = [Int64](repeating: -1, count: lengths.count + 1)
                unsafe [1 as UInt8, 255].withUnsafeBytes { damaged in
                    if wrong >= 0 { unsafe spans[wrong] = unsafe colonnade_span(start: damaged.baseAddress!, bytes: 2) }
                    unsafe found.withUnsafeMutableBytes { target in
                        let half = data.below(lengths.count + 1)
                        var end = unsafe colonnade_gather_texts(
                            &spans, half, spans.count, &sizes, target.baseAddress!)
                        if let middle = unsafe end {
                            let rest = unsafe Array(spans[half...])
                            unsafe end = unsafe sizes.withUnsafeMutableBufferPointer {
                                unsafe colonnade_gather_texts(
                                    rest, rest.count, rest.count, $0.baseAddress! + half, middle)
                            }
                        }
                        #expect(unsafe (end == nil) == (wrong >= 0))
                        if wrong < 0 {
                            #expect(unsafe Array(target) == expected + [UInt8](repeating: 0xEE, count: 8))
                            #expect(unsafe end == target.baseAddress! + expected.count)
                            #expect(sizes == lengths.map(Int64.init) + [-1])
                        }
                    }
                }
            }
        }
    }

    @Test func `fill writes exactly its elements`() {
        var data = RandomData(seed: 6)
        for size in [1, 2, 4, 8] {
            for count in Array(0...70) + [1000] {
                let element = data.bytes(size)
                let shift = data.below(8)
                var found = [UInt8](repeating: 0xEE, count: shift + count * size + 8)
                unsafe found.withUnsafeMutableBytes {
                    unsafe colonnade_fill($0.baseAddress! + shift, count, element, size)
                }
                let edge = { [UInt8](repeating: 0xEE, count: $0) }
                #expect(found == edge(shift) + (0..<count).flatMap { _ in element } + edge(8))
            }
        }
    }
}
