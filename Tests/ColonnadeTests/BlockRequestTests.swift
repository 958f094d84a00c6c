// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import Testing

@testable import Colonnade

/// Tests which blocks of rows a pass over a data set that is larger than memory requests, and when.
@Suite struct BlockRequestTests {
    /// Rows of a data set that claims to be larger than memory, and notes requests.
    private struct NotedRows: RowSource, BoundRows {
        let notes = Monitor<(blocks: [Range<Int>], rows: [Int])>(([], []))
        let schema: Schema
        let count: Int
        var identity: UInt64 { 1 }
        var label: String { "noted" }
        var isLargerThanMemory: Bool { true }

        init(_ count: Int) throws {
            schema = try Schema([Field("x", .int64)])
            self.count = count
        }

        func bound(_ pass: PassContext) -> any BoundRows { self }
        func stacked(_ rows: [Int], _ requests: [ColumnRequest]) -> [Tensor] { [Tensor(rows.map { Int64($0) })] }
        func values(_ row: Int, _ columns: [Int]) -> [Tensor] { [Tensor(scalar: Int64(row))] }
        func expect(_ rows: [Int], _ columns: [Int]) { notes.withLock { $0.rows += rows } }
        func expect(block: Range<Int>, _ columns: [Int]) { notes.withLock { $0.blocks.append(block) } }
    }

    private let size = 50
    private let open = 24
    private let count = 10_007

    /// Reads a pass item by item, and returns the requested blocks in their order. Checks that each row that is read was
    /// requested before.
    private func blocks(
        _ source: NotedRows, most: Int, _ change: (Buffer) throws -> Colonnade.Stream,
        at location: SourceLocation = #_sourceLocation
    ) throws -> [Int] {
        let stream = try change(Buffer(RowPlan(source)))
        var pass = stream.makeIterator()
        var missing = 0
        while let sample = try pass.next() {
            let requested = Set(source.notes.withLock { $0.blocks.map(\.lowerBound) })
            for row in try sample["x"].elements(as: Int64.self) {
                if !requested.contains(Int(row) / size * size) { missing += 1 }
            }
        }
        #expect(missing == 0, "rows that were not requested", sourceLocation: location)
        let notes = source.notes.withLock { $0 }
        #expect(notes.rows.isEmpty, sourceLocation: location)
        #expect(notes.blocks.allSatisfy { $0.upperBound == min($0.lowerBound + size, count) }, sourceLocation: location)
        #expect(notes.blocks.count <= most, "\(notes.blocks.count) requests", sourceLocation: location)
        return notes.blocks.map { $0.lowerBound / size }
    }

    @Test func `each block is requested as a whole before its rows are read`() throws {
        let all = count / size + 1
        let requested = try blocks(NotedRows(count), most: all + open * 11 / 10) {
            try $0.shuffled(seed: 3, blocks: open, rowsPerBlock: size).batched(by: 24).stream()
        }
        #expect(Set(requested) == Set(0..<all))
        let prefetched = try blocks(NotedRows(count), most: all + open * 11 / 10) {
            try $0.shuffled(seed: 3, blocks: open, rowsPerBlock: size).stream().batched(by: 24)
                .prefetched(depth: 4, threads: 2)
        }
        #expect(prefetched == requested)
    }

    @Test func `a rank requests the blocks of its lanes`() throws {
        let requested = try blocks(NotedRows(count), most: count / size / 3 + open) {
            try $0.shuffled(seed: 3, blocks: open, rowsPerBlock: size, lanes: 6).sharded(rank: 1, of: 3).batched(by: 8)
                .stream()
        }
        #expect(Set(requested).count > count / size / 3)
    }

    @Test func `requests are a few blocks ahead of reading`() throws {
        let source = try NotedRows(count)
        let buffer = try Buffer(RowPlan(source)).shuffled(seed: 3, blocks: open, rowsPerBlock: size).batched(by: 8)
        var pass = buffer.stream().makeIterator()
        _ = try pass.next()
        let first = source.notes.withLock { $0.blocks.count }
        // The blocks of the first rounds, and those that open until eight blocks later.
        #expect(first >= open && first <= open + 16, "\(first)")
        for _ in 0..<25 { _ = try pass.next() }
        let later = source.notes.withLock { $0.blocks.count }
        #expect(later >= first + 2 && later <= first + 8, "\(later)")
    }

    @Test func `rows of other orders, and of selections by a table, are requested one by one`() throws {
        let source = try NotedRows(200)
        let chosen = try Buffer(RowPlan(source)).reordered(by: Array(0..<199))
            .shuffled(seed: 3, blocks: 4, rowsPerBlock: 2).batched(by: 4)
        var passOfChosen = chosen.stream().makeIterator()
        _ = try passOfChosen.next()
        #expect(source.notes.withLock { $0.blocks.isEmpty && $0.rows.count >= 199 })
        let skipped = try NotedRows(200)
        let rest = try Buffer(RowPlan(skipped)).dropFirst(7).shuffled(seed: 3, blocks: 4, rowsPerBlock: 2).batched(
            by: 4)
        var pass = rest.stream().makeIterator()
        _ = try pass.next()
        let blocks = skipped.notes.withLock { $0.blocks }
        #expect(
            blocks.allSatisfy { $0.lowerBound % 2 == 1 && $0.count <= 2 && $0.lowerBound >= 7 } && blocks.count >= 4)
    }
}
