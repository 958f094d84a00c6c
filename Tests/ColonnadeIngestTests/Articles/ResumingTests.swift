// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Foundation
import Testing

/// The code of the article "Resuming and ranks", which `Tests/Articles` compares with this file.
@Suite struct ResumingTests {
    private func numbers(_ count: Int) throws -> Buffer {
        try Buffer(columns: ["x": Tensor((0..<count).map { Int64($0) })])
    }

    private func rest(_ stream: Colonnade.Stream) throws -> [Int64] {
        var pass = stream.makeIterator()
        var values: [Int64] = []
        while let batch = try pass.next() { values += try batch["x"].elements(as: Int64.self) }
        return values
    }

    private func afterThreeBatches(_ stream: Colonnade.Stream) throws -> Colonnade.Stream.Iterator {
        var pass = stream.makeIterator()
        for _ in 0..<3 { _ = try pass.next() }
        return pass
    }

    @Test func `a pass resumes with the next sample`() async throws {
        let samples = try numbers(100)

        func makeBatches(of size: Int) throws -> Colonnade.Stream {
            try samples.shuffled(seed: 7).stream().batched(by: size)
        }
        let whole = try rest(try makeBatches(of: 10).epoch(2))
        let pass = try afterThreeBatches(try makeBatches(of: 10).epoch(2))

        let saved = try JSONEncoder().encode(pass.position)
        #expect(saved.count < 500)

        let position = try JSONDecoder().decode(Position.self, from: saved)
        let resumed = try makeBatches(of: 10).resumed(at: position)
        #expect(try rest(resumed) == Array(whole.dropFirst(30)))

        let larger = try makeBatches(of: 35).resumed(at: position)
        #expect(try rest(larger) == Array(whole.dropFirst(30)))

        var epochs = 0
        func train(_ batches: Colonnade.Stream) async throws {
            for try await _ in batches {}
            epochs += 1
        }

        try await train(resumed)
        for epoch in (position.epoch + 1)..<5 {
            try await train(try makeBatches(of: 10).epoch(epoch))
        }
        #expect(epochs == 3)

        let counted = try makeBatches(of: 10).epoch(2).position(afterSamples: 30)
        #expect(try rest(try makeBatches(of: 10).resumed(at: counted)) == Array(whole.dropFirst(30)))
    }

    @Test func `ranks share one order`() throws {
        let samples = try numbers(103)

        func batches(rank: Int, of worldSize: Int) throws -> Colonnade.Stream {
            try samples.shuffled(seed: 7)
                .sharded(rank: rank, of: worldSize)
                .stream()
                .batched(by: 5)
        }
        let parts = try (0..<4).map { try rest(try batches(rank: $0, of: 4)) }
        #expect(parts.allSatisfy { $0.count == 25 } && Set(parts.joined()).count == 100)

        let masked = try samples.sharded(rank: 3, of: 4, remainder: .mask("isReal"))
        #expect(masked.count == 26 && masked.schema.names == ["x", "isReal"])

        // Four ranks stop after three steps; two ranks continue.
        let position = try afterThreeBatches(try batches(rank: 0, of: 4)).position
        #expect(position.samples == 60)

        let first = try batches(rank: 0, of: 2).resumed(at: position)
        let second = try batches(rank: 1, of: 2).resumed(at: position)
        let seen = Set(parts.joined().map { $0 })
        let before = Set(try (0..<4).flatMap { try rest(try batches(rank: $0, of: 4).prefix(3)) })
        let after = Set(try rest(first)).union(try rest(second))
        #expect(before.count == 60 && before.isDisjoint(with: after) && before.union(after).isSuperset(of: seen))
    }

    @Test func `a launcher names the rank`() throws {
        let samples = try numbers(100)

        let batches = try samples.shuffled(seed: 7).sharded(.automatic).stream().batched(by: 5)
        print(try Launcher.automatic.rank())
        #expect(batches.explain().contains("rank 0 of 1") || ProcessInfo.processInfo.environment["RANK"] != nil)
    }
}
