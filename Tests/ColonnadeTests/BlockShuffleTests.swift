// SPDX-License-Identifier: Apache-2.0

import ColonnadeStoreTestSupport
import Testing

@testable import Colonnade

/// Tests buffers whose order is a block order.
@Suite struct BlockShuffleTests {
    private func blocks(_ count: Int, seed: UInt64 = 1, blocks: Int = 8, rows: Int = 3) throws -> Buffer {
        try counting(count).shuffled(seed: seed, blocks: blocks, rowsPerBlock: rows)
    }

    private func order(_ count: Int, seed: UInt64 = 1, epoch: UInt64 = 0) throws -> [Int] {
        var rows = Array(0..<count)
        BlockPermutation(count: count, try BlockShape(rows: 3, open: 8, lanes: nil), seed: seed, epoch: epoch).map(
            &rows)
        return rows
    }

    @Test func `a buffer has the samples of the published order in each epoch`() async throws {
        let buffer = try blocks(50)
        #expect(try scalars(buffer, "x") == order(50))
        #expect(try scalars(buffer.stream().epoch(7), "x") == order(50, epoch: 7))
        #expect(try (0..<50).map { try buffer[$0]["x"].item(as: Int64.self) }.map { Int($0) } == order(50))
        #expect(try numbers(buffer.batched(by: 8), "x").flatMap { $0 } == order(50))
        // Each checker makes several hundred passes.
        let few = try blocks(11, blocks: 8, rows: 1)
        try await checkTransform(few)
        try checkResumable(try few.batched(by: 3).stream())
    }

    @Test func `samples that the open blocks hold are in the order of a shuffle without blocks`() throws {
        for count in [0, 1, 23, 24] {
            #expect(try scalars(blocks(count), "x") == scalars(counting(count).shuffled(seed: 1), "x"))
        }
        #expect(try scalars(blocks(25), "x") != scalars(counting(25).shuffled(seed: 1), "x"))
        // The default block of data in memory has 1,024 rows.
        #expect(
            try scalars(counting(2048).shuffled(seed: 1, blocks: 2), "x")
                == scalars(counting(2048).shuffled(seed: 1), "x"))
        #expect(try scalars(counting(2049).shuffled(seed: 1, blocks: 2), "x").sorted() == Array(0..<2049))
    }

    @Test func `selections and shuffles before and after it work as with other shuffles`() throws {
        let all = try blocks(50)
        #expect(try scalars(all.prefix(9), "x") == Array(order(50)[..<9]))
        #expect(try scalars(all.prefix(9).stream().epoch(3), "x") == Array(order(50)[..<9]))
        let rest = try all.dropFirst(9).shuffled(seed: 2, blocks: 4, rowsPerBlock: 2)
        #expect(try Set(scalars(rest.stream().epoch(1), "x")) == Set(order(50)[9...]))
        let even = try counting(100).filter { try $0["x"].item(as: Int64.self) % 2 == 0 }
            .shuffled(seed: 1, blocks: 8, rowsPerBlock: 3)
        #expect(try scalars(even, "x") == order(50).map { 2 * $0 })
        #expect(try scalars(all.shuffled(seed: 5), "x") == scalars(counting(50).shuffled(seed: 5), "x"))
        #expect(
            try scalars(counting(50).shuffled(seed: 5).shuffled(seed: 1, blocks: 8, rowsPerBlock: 3), "x") == order(50))
        let batches = try counting(100).batched(by: 2).shuffled(seed: 1, blocks: 8, rowsPerBlock: 3)
        #expect(try numbers(batches, "x") == order(50).map { [2 * $0, 2 * $0 + 1] })
        #expect(try scalars(all.appending(counting(2)), "x") == order(50) + [0, 1])
    }

    @Test func `ranks together have each sample once, and may resume as another number`() throws {
        let buffer = try blocks(50)
        for ranks in [1, 2, 3, 4] {
            var own: [Int] = []
            for rank in 0..<ranks {
                let shard = try buffer.sharded(rank: rank, of: ranks, remainder: .mask("own")).stream().epoch(2)
                own += try zip(scalars(shard, "x"), scalars(shard, "own")).filter { $0.1 == 1 }.map(\.0)
            }
            #expect(own.sorted() == Array(0..<50), "\(ranks) ranks")
        }
        var pass = try buffer.sharded(rank: 0, of: 2).batched(by: 4).stream().makeIterator()
        for _ in 0..<2 { _ = try pass.next() }
        let resumed = try (0..<4).map { rank in
            try scalars(buffer.sharded(rank: rank, of: 4).stream().resumed(at: saved(pass.position)), "x")
        }
        #expect(resumed.allSatisfy { $0.count == 8 })
        #expect(try (0..<8).flatMap { step in resumed.map { $0[step] } } == Array(order(50)[16..<48]))
    }

    @Test func `a position of another order is refused, and the error names both orders`() throws {
        let buffer = try counting(50)
        let saved = [
            try blocks(50), buffer.shuffled(seed: 1), try blocks(50, seed: 2), try blocks(50, blocks: 4),
            try blocks(50, rows: 5), try buffer.shuffled(seed: 1, blocks: 8, rowsPerBlock: 3, lanes: 8),
        ]
        let positions = try saved.map { buffer in
            var pass = buffer.stream().makeIterator()
            _ = try pass.next()
            return pass.position
        }
        let words = [
            nil, "saved with shuffle, where this pipeline has shuffle in 8 blocks of 3", "other arguments",
            "saved with shuffle in 4 blocks of 3, where this pipeline has shuffle in 8 blocks of 3",
            "saved with shuffle in 8 blocks of 5", "shuffle in 8 blocks of 3 has other arguments here",
        ]
        for (position, word) in zip(positions, words) {
            guard let word else { continue }
            expectError(.invalidArgument, word) { _ = try saved[0].stream().resumed(at: position) }
        }
        expectError(.invalidArgument, "saved with shuffle in 8 blocks of 3 of epoch 0, take or skip") {
            var pass = try saved[0].prefix(9).stream().makeIterator()
            _ = try pass.next()
            _ = try saved[0].stream().resumed(at: pass.position)
        }
        #expect(positions[0].seed == 1)
    }

    @Test func `batches with several samples of one block are refused`() throws {
        let buffer = try blocks(50)
        #expect(try buffer.batched(by: 8).count == 7)
        for size in [9, 49] {
            expectError(.invalidArgument, "only 8 blocks are open: shuffle with at least \(size) blocks") {
                _ = try buffer.batched(by: size)
            }
        }
        #expect(try numbers(buffer.batched(by: .max), "x") == [order(50)])
        #expect(try buffer.column("x").elements(as: Int64.self).map { Int($0) } == order(50))
        expectError(.invalidArgument, "a batch of 9 would") { _ = try buffer.stream().batched(by: 9) }
        expectError(.invalidArgument, "of 4 for each of 3 ranks would have several samples of one block") {
            _ = try buffer.sharded(rank: 0, of: 3).batched(by: 4)
        }
        expectError(.invalidArgument, "shuffle with at least 12 blocks") {
            _ = try buffer.batched(by: 4).sharded(rank: 2, of: 3)
        }
        expectError(.invalidArgument, "of 3 for each of 4 ranks and workers would") {
            _ = try buffer.sharded(rank: 0, of: 2).workerPartition(1, of: 2).batched(by: 3)
        }
        expectError(.invalidArgument, "of 3 for each of 3 workers would") {
            _ = try buffer.workerPartition(1, of: 3).batched(by: 3)
        }
        expectError(.invalidArgument, "of 2 for each of 8 ranks and workers would") {
            _ = try buffer.sharded(rank: 0, of: 4).batched(by: 2).workerPartition(1, of: 2).sharded(rank: 0, of: 1)
        }
        #expect(try buffer.sharded(rank: 1, of: 2).batched(by: 4).count == 7)
        #expect(
            try counting(100).partition(1, of: 2).shuffled(seed: 1, blocks: 8, rowsPerBlock: 3).batched(by: 8).count
                == 7)
        // The batches of a selection are those of the order before it.
        expectError(.invalidArgument, "a batch of 9 would") { _ = try buffer.prefix(40).batched(by: 9) }
        expectError(.invalidArgument, "of 3 for each of 3 partitions would") {
            _ = try buffer.partition(0, of: 3).batched(by: 3)
        }
        #expect(try buffer.prefix(40).batched(by: 40).count == 1)
        #expect(try buffer.reordered(by: Array(0..<40)).batched(by: 20).count == 2)
        #expect(try buffer.batched(bySizes: [20, 20]).count == 2)
        expectError(.invalidArgument, "only 8 blocks are open: make smaller batches") {
            _ = try counting(2_000_000).shuffled(seed: 1, blocks: 8, rowsPerBlock: 3).batched(by: 1_500_000)
        }
        // Orders that are not the last, or that the open blocks hold, say nothing about batches.
        #expect(try buffer.shuffled(seed: 2).batched(by: 50).count == 1)
        #expect(try buffer.prefix(40).shuffled(seed: 2).batched(by: 40).count == 1)
        #expect(try blocks(24).batched(by: 24).count == 1)
        #expect(try counting(50).batched(by: 25).shuffled(seed: 1, blocks: 1, rowsPerBlock: 1).count == 2)
        expectError(.invalidArgument, "blocks is 0, out of range (1...1048576)") {
            _ = try counting(9).shuffled(seed: 1, blocks: 0)
        }
        expectError(.invalidArgument, "rowsPerBlock is 0, out of range (1...2147483648)") {
            _ = try counting(9).shuffled(seed: 1, blocks: 4, rowsPerBlock: 0)
        }
        expectError(.invalidArgument, "lanes is 3, and must be a number that divides blocks, which is 4") {
            _ = try counting(9).shuffled(seed: 1, blocks: 4, lanes: 3)
        }
    }

    @Test func `the plan names the blocks of a batch, and how often a block is read`() throws {
        let buffer = try counting(3_000).shuffled(seed: 9, blocks: 48, rowsPerBlock: 7, lanes: 12)
        let start = "shuffled in blocks of 7, seed 9: 48 of 429 are open at once, "
        let twice = "each block is read 1.11 times"
        #expect(buffer.explain().contains("\(start)\(twice), another order each epoch"))
        #expect(
            try buffer.batched(by: 16).explain().contains(
                "\(start)a batch has samples of about 16 blocks, \(twice), another"))
        #expect(
            try buffer.sharded(rank: 0, of: 6).batched(by: 8).explain().contains(
                "a batch has samples of about 8 blocks, \(twice), "))
        #expect(
            try buffer.sharded(rank: 0, of: 8).explain().contains(
                "\(twice) by each of 2, since 8 ranks do not divide the 12 lanes, another order"))
        #expect(
            try buffer.partition(0, of: 8).explain().contains(
                "\(twice) by each of 2, since 8 partitions do not divide the 12 lanes, the order of epoch 0"))
        #expect(
            try buffer.batched(by: 16).sharded(rank: 1, of: 3).explain().contains(
                "\(twice) by each of 3, since 3 ranks share batches: divide the samples among them before making batches"
            ))
        #expect(try buffer.batched(by: 3_000).explain().contains("a batch has samples of about 429 blocks"))
        #expect(
            try buffer.prefix(300).batched(by: 9).explain().contains(
                "a batch has samples of about 9 blocks, \(twice), the order of epoch 0 in all epochs"))
        let scattered =
            "\(start.dropLast(2)), but other steps choose, order, join or batch the samples, so that they are read one by one"
        #expect(
            try buffer.prefix(300).shuffled(seed: 1).batched(by: 9).explain().contains(
                "\(scattered), the order of epoch 0"))
        #expect(
            try counting(6_000).partition(0, of: 2).shuffled(seed: 9, blocks: 48, rowsPerBlock: 7, lanes: 12).explain()
                .contains("\(scattered), another order each epoch"))
        #expect(
            try counting(3_000).batched(by: 2).shuffled(seed: 9, blocks: 48, rowsPerBlock: 7).sharded(rank: 0, of: 5)
                .explain().contains(
                    "48 of 215 are open at once, each block is read 1.22 times by each of 5, since 5 ranks do not"
                ))
        #expect(
            try blocks(24).explain().contains(
                "in blocks of 3, seed 1: all 8 are open at once, as without blocks, another"))
    }

    @Test func `the plan says where rows of a block order are read one by one, as passes do`() throws {
        let plain = try counting(3_000)
        let buffer = try plain.shuffled(seed: 9, blocks: 48, rowsPerBlock: 7, lanes: 12)
        let (whole, single) = (
            "each block is read 1.11 times", "join or batch the samples, so that they are read one by one"
        )
        func expectReads(_ text: String, _ changed: Buffer, at location: SourceLocation = #_sourceLocation) throws {
            let lines = changed.explain()
            for reads in [whole, single] {
                #expect(lines.contains(reads) == (text == reads), "\(lines)", sourceLocation: location)
            }
            let executor = try RowExecutor(changed.plan, PassContext(epoch: 1, pool: TensorPool()))
            #expect((executor.blockReads != nil) == (text == whole), sourceLocation: location)
        }
        try expectReads(whole, buffer)
        try expectReads(whole, buffer.dropFirst(9).partition(1, of: 2).batched(by: 3).sharded(rank: 0, of: 2))
        try expectReads(whole, plain.sharded(rank: 0, of: 1).shuffled(seed: 9, blocks: 48, rowsPerBlock: 7))
        // Batches of listed sizes, batches in another order, and batches of batches.
        try expectReads(single, buffer.batched(bySizes: [1_000, 2_000]))
        try expectReads(single, buffer.batched(by: 3).shuffled(seed: 1))
        try expectReads(single, buffer.batched(by: 3).reordered(by: [3, 1]))
        try expectReads(single, buffer.batched(by: 3).batched(by: 2))
        // Buffers that are joined after the shuffle, or before it.
        try expectReads(single, buffer.appending(plain))
        try expectReads(single, buffer.zipped(with: plain.renaming("x", to: "y")))
        let joined = try plain.appending(plain).shuffled(seed: 9, blocks: 48, rowsPerBlock: 7)
        #expect(joined.explain().contains("each block is read 1.06 times, another order each epoch"))
        let folds = try plain.partition(0, of: 2).appending(plain).shuffled(seed: 9, blocks: 48, rowsPerBlock: 7)
        let rows =
            "each block is read 1.07 times, its rows one by one, since they were chosen, ordered or batched before"
        #expect(folds.explain().contains("\(rows) they were joined, another order each epoch"))
        // Streams, whose workers request blocks.
        for (text, stream) in [
            (whole, try buffer.stream().prefetched()), (whole, try buffer.stream().prefetched().filter { _ in true }),
            (single, try buffer.stream().filter { _ in true }),
        ] {
            #expect(stream.explain().contains(text))
        }
        // All ranks request blocks of few rows, also if some of them have no row of a block.
        #expect(
            try plain.shuffled(seed: 9, blocks: 48, rowsPerBlock: 2).sharded(rank: 0, of: 5).explain().contains(
                "each block is read 1.03 times by each of 5, since 5 ranks do not divide the 12 lanes"))
    }

    @Test func `the default has 768 open blocks`() throws {
        let few = try counting(2_000).shuffled(seed: 1, rowsPerBlock: 2)
        #expect(Buffer.defaultBlocks == 768 && few.explain().contains("768 of 1000 are open at once"))
        #expect(
            try scalars(few, "x") == scalars(counting(2_000).shuffled(seed: 1, blocks: 768, rowsPerBlock: 2), "x"))
    }

    @Test func `blocks of files have about a mebibyte of the columns in use`() throws {
        let (stored, file) = try TestSource.oneSegment.open(TestRows.all(60))
        let dataset = try StoredDataset(path: try #require(file).path)
        func rows(_ keys: [String]) throws -> Int {
            let columns = try keys.map { try dataset.schema.index(of: $0) }
            let bytes = dataset.byteCount(ofColumns: columns)
            let rows = BlockShape.rows(of: bytes, count: 60)
            #expect(rows * bytes / 60 <= 3 << 19 && rows * bytes / 60 > 3 << 18)
            return rows
        }
        let (all, ids) = (try rows(stored.schema.names), try rows(["id"]))
        #expect(ids > all)
        func expectBlocks(_ rows: Int, _ buffer: Buffer, at location: SourceLocation = #_sourceLocation) throws {
            let text = try buffer.shuffled(seed: 1, blocks: 1).explain()
            #expect(text.contains("in blocks of \(rows), "), sourceLocation: location)
        }
        // Selections and joined buffers have the bytes of their rows, and no more.
        let folds = try (0..<3).map { try stored.partition($0, of: 5) }
        for buffer in [stored, try stored.appending(stored), try stored.prefix(7), try Buffer.concatenating(folds)] {
            try expectBlocks(all, buffer)
            try expectBlocks(ids, buffer.selecting(["id"]))
        }
        let renamed = try stored.selecting(["id"]).renaming("id", to: "number")
        try expectBlocks(
            BlockShape.rows(
                of: dataset.byteCount(ofColumns: Array(stored.schema.indices)) + dataset.byteCount(ofColumns: [0]),
                count: 60),
            stored.zipped(with: renamed))
        try expectBlocks(ids / 4, stored.selecting(["id"]).batched(by: 4))
        try expectBlocks(1024, stored.appending(Buffer(TestRows.all(9))))
        withExtendedLifetime(file) {}
    }
}
