// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import Testing

@testable import Colonnade

/// Tests which blocks of rows a pass over a data set that is larger than memory requests, and when.
@Suite struct RowBlockRequestTests {
    /// Rows of a data set that claims to be larger than memory, and notes requests.
    private struct NotedRows: RowSource, BoundRows {
        struct Notes {
            var blocks: [Range<Int>] = []
            var ends: [Range<Int>] = []
            var rows: [Int] = []
        }

        let notes = Monitor<Notes>(Notes())
        let schema: Schema
        let count: Int
        let isLargerThanMemory: Bool
        let identity: UInt64
        var label: String { "noted" }

        /// The size of the file, which is far larger than memory unless the rows are in none.
        private let byteCount: Int

        init(_ count: Int, key: String = "x", identity: UInt64 = 1, byteCount: Int = 1 << 50) throws {
            schema = try Schema([Field(key, .int64)])
            self.count = count
            self.identity = identity
            self.byteCount = byteCount
            isLargerThanMemory = byteCount >= 1 << 50
        }

        func addFiles(to sizes: inout [UInt64: Int]) { sizes[identity] = byteCount }

        func bound(_ pass: PassContext) -> any BoundRows { self }
        func stacked(_ rows: [Int], _ requests: [ColumnRequest]) -> [Tensor] { [Tensor(rows.map { Int64($0) })] }
        func values(_ row: Int, _ columns: [Int]) -> [Tensor] { [Tensor(scalar: Int64(row))] }
        func expect(_ rows: [Int], _ columns: [Int]) { notes.withLock { $0.rows += rows } }
        func expect(block: Range<Int>, _ columns: [Int], _ part: RequestedPart) {
            notes.withLock { if part == .ends { $0.ends.append(block) } else { $0.blocks.append(block) } }
        }
    }

    private let size = 50
    private let open = 24
    private let count = 10_007

    /// Reads a pass item by item, and returns the requested blocks in their order. Checks that each row that is read was
    /// requested before, and that the ends of its block were requested before the values.
    private func blocks(
        _ source: NotedRows, of size: Int? = nil, most: Int, _ change: (Buffer) throws -> Colonnade.Stream,
        at location: SourceLocation = #_sourceLocation
    ) throws -> [Int] {
        let size = size ?? self.size
        var pass = try change(Buffer(RowPlan(source))).makeIterator()
        var (requested, seen, missing) = (Set<Int>(), 0, 0)
        while let sample = try pass.next() {
            source.notes.withLock { notes in
                for block in notes.blocks[seen...] { requested.insert(block.lowerBound) }
                seen = notes.blocks.count
            }
            for row in try sample["x"].elements(as: Int64.self) where !requested.contains(Int(row) / size * size) {
                missing += 1
            }
        }
        #expect(missing == 0, "rows that were not requested", sourceLocation: location)
        let notes = source.notes.withLock { $0 }
        #expect(notes.rows.isEmpty, sourceLocation: location)
        #expect(
            notes.blocks.allSatisfy { $0.upperBound == min($0.lowerBound + size, source.count) },
            sourceLocation: location)
        // Two threads may note their requests in different orders.
        #expect(Set(notes.blocks).isSubset(of: notes.ends), sourceLocation: location)
        #expect(notes.blocks.count <= most, "\(notes.blocks.count) requests", sourceLocation: location)
        return notes.blocks.map { $0.lowerBound / size }
    }

    @Test func `each block is requested as a whole before its rows are read`() throws {
        let all = count / size + 1
        let requested = try blocks(NotedRows(count), most: all + 2 * open) {
            try $0.shuffled(seed: 3, blocks: open, rowsPerBlock: size).batched(by: 24).stream()
        }
        #expect(Set(requested) == Set(0..<all))
        let prefetched = try blocks(NotedRows(count), most: all + 2 * open) {
            try $0.shuffled(seed: 3, blocks: open, rowsPerBlock: size).stream().batched(by: 24)
                .prefetched(depth: 4, threads: 2)
        }
        // Threads request the blocks that they have claimed, in any order.
        #expect(prefetched.sorted() == requested.sorted())
    }

    @Test func `a rank requests the blocks of its lanes`() throws {
        let requested = try blocks(NotedRows(count), most: (count / size + 2 * open) / 3 + 8) {
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
        // The blocks of the first batch, and eight more.
        #expect(first == 16, "\(first)")
        for _ in 0..<25 { _ = try pass.next() }
        let (later, ends) = source.notes.withLock { ($0.blocks.count, $0.ends.count) }
        // The 24 open blocks, about one for each 50 of the 208 rows, and eight more, after the ends of eight more.
        #expect(later >= open + 208 / 50 + 6 && later <= open + 208 / 50 + 12 && ends == later + 8, "\(later)")
    }

    @Test(arguments: [1, 2]) func `small blocks are requested in the order of their rows`(size: Int) throws {
        let source = try NotedRows(1_003)
        let buffer = try Buffer(RowPlan(source)).shuffled(seed: 3, blocks: open, rowsPerBlock: size).batched(by: 8)
        let rows = BlockPermutation(
            count: 1_003, try BlockShape(rows: size, open: open, lanes: nil), seed: 3, epoch: 0)
        var pass = buffer.stream().makeIterator()
        var read: Set<Int> = []
        for batch in 0..<60 {
            _ = try pass.next()
            for index in batch * 8..<(batch + 1) * 8 { read.insert(rows[index] / size) }
            let requested = source.notes.withLock { Set($0.blocks.map { $0.lowerBound / size }) }
            // Eight blocks more, and as many at the end of the first rounds. A round opens up to 24.
            #expect(read.isSubset(of: requested), "batch \(batch)")
            #expect(requested.count <= read.count + 16, "batch \(batch): \(requested.count) of \(read.count)")
        }
    }

    @Test(arguments: [
        (1_003, 10, 12, 1, 1), (1_003, 10, 12, 4, 3), (1_003, 10, 12, 6, 4), (400, 1, 12, 12, 1), (905, 30, 4, 1, 1),
    ])
    func `passes that begin anywhere, and any ranks, request the blocks that they read`(
        count: Int, size: Int, open: Int, lanes: Int, ranks: Int
    ) throws {
        for start in [0, 1, open * 3 / 2, open * 2, count / 2, count - open - 1] {
            let (all, part) = (count / size + 1, lanes % ranks == 0 ? ranks : 1)
            _ = try blocks(NotedRows(count), of: size, most: (all + 4 * open) / part + 8) {
                let ordered = try $0.shuffled(seed: 5, blocks: open, rowsPerBlock: size, lanes: lanes).dropFirst(start)
                return try ordered.sharded(rank: ranks - 1, of: ranks).batched(by: open / ranks).stream()
            }
        }
    }

    @Test func `ranks that share batches request nearly all blocks`() throws {
        let requested = try blocks(NotedRows(count), most: count / size + 1 + 2 * open) {
            try $0.shuffled(seed: 3, blocks: open, rowsPerBlock: size).batched(by: 8).sharded(rank: 1, of: 3).stream()
        }
        #expect(Set(requested).count == count / size + 1)
        let order = try BlockShape(rows: size, open: open, lanes: nil)
        let rows = BlockPermutation(count: count, order, seed: 3, epoch: 0)
        let read = Set((0..<count).filter { $0 / 8 % 3 == 1 }.map { rows[$0] / size })
        #expect(read.count > count / size * 85 / 100)
        let sharded = Set((0..<count).filter { $0 % 3 == 1 }.map { rows[$0] / size })
        #expect(sharded.count < count / size * 45 / 100)
    }

    @Test func `blocks of batches are requested as a whole`() throws {
        // 77 batches of 13 samples, the last of which has 12.
        let requested = try blocks(NotedRows(1_000), of: 5 * 13, most: 16 + 8) {
            try $0.batched(by: 13).shuffled(seed: 3, blocks: 4, rowsPerBlock: 5).stream()
        }
        #expect(Set(requested) == Set(0..<16))
        let batches = try blocks(NotedRows(1_000), of: 10, most: 100 + 8) {
            try $0.shuffled(seed: 3, blocks: 4, rowsPerBlock: 10).batched(by: 2).dropFirst(3).partition(1, of: 2)
                .stream()
        }
        #expect(Set(batches).count > 95)
    }

    @Test func `rows of a block order that later steps scatter are requested one by one, once`() throws {
        func requests(_ change: (Buffer) throws -> Buffer) throws -> (blocks: Int, rows: [Int]) {
            let source = try NotedRows(1_000)
            let ordered = try change(Buffer(RowPlan(source)).shuffled(seed: 0, blocks: 8, rowsPerBlock: 5))
            var pass = ordered.stream().makeIterator()
            var read: [Int] = []
            while let sample = try pass.next() { read += try sample["x"].elements(as: Int64.self).map { Int($0) } }
            let notes = source.notes.withLock { $0 }
            #expect(notes.rows == read)
            return (notes.blocks.count, notes.rows)
        }
        #expect(try requests { try $0.prefix(900).shuffled(seed: 1) }.blocks == 0)
        #expect(try requests { try $0.prefix(900).shuffled(seed: 1, blocks: 4, rowsPerBlock: 6) }.blocks == 0)
        #expect(try requests { try $0.reordered(by: (0..<700).map { $0 * 7 % 1_000 }) }.blocks == 0)
        #expect(
            try requests {
                try $0.sampled(weights: [Double](repeating: 1, count: 1_000), count: 300, seed: 1)
            }.blocks == 0)
        #expect(try requests { try $0.batched(by: 8).shuffled(seed: 1) }.blocks == 0)
    }

    @Test func `a pass that continues before a stage requests no earlier blocks`() throws {
        let source = try NotedRows(count)
        let stream = try Buffer(RowPlan(source)).shuffled(seed: 3, blocks: open, rowsPerBlock: size).stream()
            .prefetched(depth: 1, threads: 1).filter { _ in true }
        var pass = stream.makeIterator()
        for _ in 0..<9_000 { _ = try pass.next() }
        let position = try saved(pass.position)
        source.notes.withLock { $0 = NotedRows.Notes() }
        var rest = try stream.resumed(at: position).makeIterator()
        var (read, missing) = (Set<Int>(), 0)
        while let sample = try rest.next() {
            let block = try Int(sample["x"].item(as: Int64.self)) / size
            read.insert(block)
            if !source.notes.withLock({ $0.blocks.contains { $0.lowerBound == block * size } }) { missing += 1 }
        }
        let requested = source.notes.withLock { $0.blocks.count }
        #expect(missing == 0 && read.count > open && requested <= read.count + open, "\(requested) of \(read.count)")
    }

    @Test func `files that exceed memory together are told about rows`() throws {
        let (large, small) = (try NotedRows(100), try NotedRows(90, key: "y", identity: 2, byteCount: 1 << 10))
        let pass = PassContext(epoch: 0, pool: TensorPool())
        // Each file once: the same file may be joined with itself.
        let half = try NotedRows(90, key: "x", identity: 3, byteCount: 1 << 49)
        #expect(try AppendedRows([RowPlan(small), RowPlan(small)]).bound(pass).isLargerThanMemory == false)
        #expect(try AppendedRows([RowPlan(half)]).bound(pass).isLargerThanMemory)
        let zipped = try ZippedRows([RowPlan(large), RowPlan(small)]).bound(pass)
        #expect(zipped.isLargerThanMemory)
        zipped.expect([3, 4], [0, 1])
        zipped.expect(block: 10..<30, [0, 1], .ends)
        zipped.expect(block: 10..<30, [0, 1], .values)
        let renamed = try Buffer(RowPlan(small)).renaming("y", to: "x").plan
        let appended = try AppendedRows([RowPlan(large), renamed, RowPlan(large)]).bound(pass)
        appended.expect([99, 100, 189, 195], [0])
        // The last part has rows 190 to 289.
        appended.expect(block: 95..<200, [0], .values)
        appended.expect(block: 285..<290, [0], .values)
        let notes = large.notes.withLock { $0 }
        #expect(notes.rows == [3, 4, 99, 5])
        let others = small.notes.withLock { $0 }
        #expect(others.rows == [3, 4, 0, 89] && others.ends == [10..<30] && others.blocks == [10..<30, 0..<90])
        #expect(notes.ends == [10..<30])
        #expect(notes.blocks == [10..<30, 95..<100, 0..<10, 95..<100])
        let shuffled = try ZippedRows([RowPlan(large).ordered(.shuffled(Shuffle(seed: 1)))]).bound(pass)
        shuffled.expect(block: 0..<100, [0], .ends)
        #expect(large.notes.withLock { $0.rows.count } == 4)
        shuffled.expect(block: 0..<100, [0], .values)
        #expect(large.notes.withLock { $0.rows[4...].sorted() } == Array(0..<100))
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
