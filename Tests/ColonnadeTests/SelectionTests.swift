// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Testing

/// Tests selections after shuffles. In every epoch their samples are those of epoch 0.
@Suite(.timeLimit(.minutes(15))) struct SelectionTests {
    private static let epochs = [0, 1, 2, 7]

    /// Each selection of a shuffled buffer of 40 samples, and the indices of epoch 0 that it selects.
    private static let selections: [(name: String, select: @Sendable (Buffer) throws -> Buffer, positions: [Int])] = [
        ("prefix", { try $0.prefix(30) }, Array(0..<30)),
        ("prefix of more than there are", { try $0.prefix(99) }, Array(0..<40)),
        ("dropFirst", { try $0.dropFirst(30) }, Array(30..<40)),
        ("partition", { try $0.partition(1, of: 3) }, Array(stride(from: 1, to: 40, by: 3))),
        ("reordered", { try $0.reordered(by: [3, 1, 1, 39]) }, [3, 1, 1, 39]),
        ("batches of listed sizes", { try $0.batched(bySizes: [3, 4]) }, Array(0..<7)),
        ("batches of batches", { try $0.batched(by: 4).prefix(2) }, Array(0..<8)),
        ("batches of batches of batches", { try $0.batched(by: 2).batched(by: 2).dropFirst(9) }, Array(36..<40)),
        ("zipped with fewer", { try $0.zipped(with: counting(5).renaming("x", to: "y")) }, Array(0..<5)),
        ("after a shard", { try $0.sharded(rank: 1, of: 2).prefix(3) }, [1, 3, 5]),
        ("of appended ones", { try $0.appending(counting(3, from: 50)).prefix(10) }, Array(0..<10)),
    ]

    @Test func `a selection has the samples of epoch 0 in every epoch`() throws {
        for (name, select, positions) in SelectionTests.selections {
            let shuffled = try counting(40).shuffled(seed: 1)
            let order = try scalars(shuffled, "x")
            let selected = try select(shuffled)
            for epoch in SelectionTests.epochs {
                #expect(
                    try scalars(selected.stream().epoch(epoch), "x") == positions.map { order[$0] }, "\(name), \(epoch)"
                )
            }
            // A shuffle after the selection follows the epoch.
            let again = selected.shuffled(seed: 2).stream()
            #expect(
                try scalars(again.epoch(1), "x").sorted() == positions.map { order[$0] }.sorted(), "\(name), shuffled")
            if selected.count > 8 { #expect(try scalars(again.epoch(1), "x") != scalars(again, "x"), "\(name)") }
            try checkResumable(selected.stream().epoch(1))
            try checkResumable(again.epoch(1))
        }
    }

    @Test func `training and validation never share a sample`() throws {
        let all = try counting(100).shuffled(seed: 1)
        let (training, validation) = (try all.prefix(90).shuffled(seed: 2), try all.dropFirst(90))
        let held = Set(try scalars(validation, "x"))
        #expect(held.count == 10)
        for epoch in SelectionTests.epochs {
            #expect(Set(try scalars(validation.stream().epoch(epoch), "x")) == held)
            #expect(held.isDisjoint(with: try scalars(training.stream().epoch(epoch), "x")))
        }
        // This is also true for streams, with and without access by index.
        for stream in [all.stream(), try all.stream().repeated(1), try all.stream().shuffled(window: 9, seed: 3)] {
            let held = Set(try scalars(stream.dropFirst(90), "x"))
            for epoch in SelectionTests.epochs {
                #expect(Set(try scalars(stream.dropFirst(90).epoch(epoch), "x")) == held)
                #expect(held.isDisjoint(with: try scalars(stream.prefix(90).epoch(epoch), "x")))
                let folds = try (0..<3).map { try scalars(stream.partition($0, of: 3).epoch(epoch), "x") }
                #expect(try folds == (0..<3).map { try scalars(stream.partition($0, of: 3), "x") })
            }
            let buffers = try stream.buffered(10) { try $0.shuffled(seed: 4).prefix(9) }
            let chosen = Set(try scalars(buffers, "x"))
            #expect(chosen.count == 90)
            for epoch in SelectionTests.epochs { #expect(Set(try scalars(buffers.epoch(epoch), "x")) == chosen) }
        }
    }

    @Test func `steps that are no selections follow the epoch`() throws {
        let all = try counting(40).shuffled(seed: 1)
        for stream in [
            try all.sharded(rank: 0, of: 2).stream(), try all.batched(by: 8, droppingLast: true).stream(),
            try all.appending(counting(3, from: 50)).stream(), try all.stream().filter { _ in true },
            try all.stream().repeated(2),
            try all.stream().buffered(10), try all.stream().buffered(10) { try $0.filter { _ in true } },
            try all.zipped(with: all.renaming("x", to: "y")).stream(),
        ] {
            let orders = try Set([0, 1, 2].map { try scalars(stream.epoch($0), "x") })
            #expect(orders.count == 3, "\(stream.explain())")
            #expect(stream.explain().contains("another order each epoch"))
            #expect(!stream.explain().contains("in all epochs"))
        }
    }

    @Test func `random changes of values follow the epoch below a selection too`() throws {
        let images = try Buffer(columns: ["x": Tensor((0..<64).map { Int64($0) }, shape: [1, 64])])
        let crop = try images.randomlySliced("x", sizes: [0: 4], seed: 1).prefix(1)
        #expect(try Set([0, 1, 2, 3].map { try scalars(crop.stream().epoch($0), "x") }).count > 1)
        let staged = try images.randomlySliced("x", sizes: [0: 4], seed: 1).stream().repeated(1).prefix(1)
        #expect(try Set([0, 1, 2, 3].map { try scalars(staged.epoch($0), "x") }).count > 1)
    }

    @Test func `explain tells for each shuffle whether it follows the epoch`() throws {
        let all = try counting(40).shuffled(seed: 1)
        let part = try all.prefix(9).shuffled(seed: 2)
        let plan = part.explain().split(separator: "\n").map(String.init)
        let fixed = "the order of epoch 0 in all epochs, since a selection comes after it"
        #expect(plan[1] == "  shuffled, seed 1: by a table, \(fixed)")
        #expect(plan[3] == "  shuffled, seed 2: by a table, another order each epoch")
        let filtered = try all.filter { _ in true }.explain()
        #expect(filtered.contains("seed 1: by a table, the order of epoch 0 in all epochs"))
        let large = try counting(70_000).shuffled(seed: 1)
        #expect(large.explain().contains("seed 1: computed index by index, another order each epoch"))
        // Shuffles in appended, zipped and rebatched buffers are listed too.
        let inner = try part.appending(all).batched(by: 2).batched(by: 2)
        #expect(inner.explain().contains("seed 1: by a table, another order each epoch"))
        let frozen = try inner.prefix(2).explain()
        #expect(!frozen.contains("another order each epoch") && frozen.contains("seed 2"))
        let window = try all.stream().shuffled(window: 3, seed: 9)
        #expect(window.explain().contains("window of 3, seed 9: another order each epoch"))
        #expect(try window.prefix(3).explain().contains("window of 3, seed 9: the order of epoch 0 in all epochs"))
        #expect(try !window.prefix(3).explain().contains("another"))
    }

    @Test func `a position that was saved while shuffles below a selection followed the epoch is refused`() throws {
        let all = try counting(40).shuffled(seed: 1)
        // Older versions wrote the shuffle and the selection without a fixed order.
        let old = try all.stream().beginning(after: 10).epoch(1)
        let position = walk(old, 3).positions[3]
        expectError(.invalidArgument, "pipeline") { _ = try all.dropFirst(10).stream().resumed(at: position) }
        #expect(try scalars(old.resumed(at: position), "x") == Array(scalars(all.stream().epoch(1), "x")[13...]))
    }
}
