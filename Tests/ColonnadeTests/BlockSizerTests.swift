// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Colonnade

@Suite struct BlockSizerTests {
    private func sizer(depth: Int = 4, threads: Int = 2, count: Int? = 1 << 20, itemBytes: Int?) -> BlockSizer {
        BlockSizer(Prefetching(depth: depth, threads: threads), count: count, itemBytes: itemBytes)
    }

    @Test func `blocks double with each block that is taken, up to a quarter of a megabyte`() {
        var sizer = sizer(itemBytes: 1 << 13)
        #expect(sizer.largest == 32)
        var sizes: [Int] = []
        for _ in 0..<7 {
            sizes.append(sizer.next)
            sizer.noteTaken()
        }
        #expect(sizes == [1, 2, 4, 8, 16, 32, 32])
    }

    @Test(arguments: [(1, 64), (4096, 64), (1 << 16, 4), (200_000, 1), (1 << 19, 1), (1 << 30, 1)])
    func `a block has a quarter of a megabyte and at most 64 items`(itemBytes: Int, items: Int) {
        #expect(sizer(itemBytes: itemBytes).largest == items)
    }

    private static let withoutThreads: [(cacheBytes: Int, itemBytes: Int, items: Int)] = [
        (0, 200_000, 5), (262_144, 200_000, 5), (524_288, 65_536, 16), (1_048_576, 65_536, 2), (2_097_152, 65_536, 4),
        (2_097_152, 200_000, 1), (67_108_864, 65_536, 16), (2_097_152, 1, 64), (2_097_152, 1 << 30, 1),
    ]

    @Test(arguments: withoutThreads)
    func `without threads two blocks stay in a large cache, and a block has a megabyte beside a small one`(
        cacheBytes: Int, itemBytes: Int, items: Int
    ) {
        #expect(BlockSizer(nil, count: 1 << 20, itemBytes: itemBytes, cacheBytes: cacheBytes).largest == items)
    }

    @Test(arguments: [(1, 192), (1 << 16, 12), (200_000, 3), (1 << 20, 3), (1 << 30, 3)])
    func `files are warmed after as many items with threads and without`(itemBytes: Int, warming: Int) {
        #expect(BlockSizer(nil, count: 1 << 20, itemBytes: itemBytes).itemsBeforeWarming == warming)
        #expect(sizer(itemBytes: itemBytes).itemsBeforeWarming == warming)
    }

    @Test func `blocks shrink when ragged batches are far larger than expected, and grow again`() {
        var sizer = sizer(itemBytes: 1 << 13)
        for _ in 0..<5 { sizer.noteTaken() }
        sizer.noteMade(32, bytes: 4 << 20)
        #expect(sizer.next == 16)
        sizer.noteMade(1, bytes: 4 << 20)
        #expect(sizer.next == 1)
        // The start of the pass is over, so taken blocks no longer make later blocks larger.
        sizer.noteTaken()
        #expect(sizer.next == 1)
        for expected in [2, 4, 8, 16, 32, 32] {
            sizer.noteMade(sizer.next, bytes: 1000)
            #expect(sizer.next == expected)
        }
        // A block of usual size, and a block that was claimed before the blocks grew, change nothing.
        sizer.noteMade(32, bytes: BlockSizer.blockBytes)
        sizer.noteMade(1, bytes: 1000)
        #expect(sizer.next == 32)
    }

    @Test func `blocks of slow items have one item, and those of fast ones are worth passing on`() {
        var sizer = sizer(depth: 30, threads: 2, itemBytes: nil)
        #expect(sizer.next == 1)
        sizer.noteMade(1, in: .milliseconds(1))
        #expect(sizer.next == 1)
        sizer.noteMade(10, in: .microseconds(100))
        #expect(sizer.next == 4)
        sizer.noteMade(10, in: .microseconds(1))
        #expect(sizer.next == 10)
    }

    @Test func `threads claim ahead only if two blocks for each and one for the consumer may be claimed`() {
        // Each batch is a block, and the depth limits their number.
        #expect(!sizer(depth: 2, threads: 1, count: 100, itemBytes: 1 << 19).allowsClaimsAhead(after: 0))
        let three = sizer(depth: 3, threads: 1, count: 100, itemBytes: 1 << 19)
        #expect(three.allowsClaimsAhead(after: 0) && three.allowsClaimsAhead(after: 96))
        #expect(!three.allowsClaimsAhead(after: 97))
        #expect(!sizer(depth: 100, threads: 2, itemBytes: nil).allowsClaimsAhead(after: 0))
        for threads in [1, 3, 15] {
            var sizer = sizer(depth: 16, threads: threads, itemBytes: 1 << 13)
            while sizer.together != sizer.largest { sizer.noteTaken() }
            #expect(sizer.allowsClaimsAhead(after: 1000))
            #expect(sizer.limit >= (2 * threads + 1) * 32)
        }
    }

    @Test func `the ring has room for all blocks that the limit allows, of any size`() {
        for itemBytes in [nil, 1, 1 << 13, 1 << 19] as [Int?] {
            for depth in [1, 2, 100] {
                for threads in [0, 1, 3] {
                    var sizer = sizer(depth: depth, threads: threads, itemBytes: itemBytes)
                    while sizer.together != sizer.largest { sizer.noteTaken() }
                    #expect(sizer.mostBlocks * (sizer.largest ?? 1) > sizer.limit)
                    #expect(sizer.limit >= depth)
                }
            }
        }
    }

    @Test func `a depth beyond the number of items needs no memory for more`() {
        let sizer = sizer(depth: .max, threads: 500, count: 7, itemBytes: nil)
        #expect(sizer.depth == 7 && sizer.threads == 7 && sizer.mostBlocks == 8)
        #expect(self.sizer(depth: .max, threads: 500, count: nil, itemBytes: nil).threads == 256)
    }
}
