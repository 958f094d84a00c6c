// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem
import Foundation
import Testing

@testable import Colonnade

/// Tests that passes that follow each other do not affect each other, although they share threads and memory.
@Suite(.timeLimit(.minutes(15))) struct RepeatedPassTests {
    private static let count = 400

    private func stream(_ file: TemporaryFile, threads: Int) throws -> Colonnade.Stream {
        try Buffer(at: file.path).shuffled(seed: 3).stream().batched(by: 7).prefetched(depth: 5, threads: threads)
    }

    @Test(arguments: [1, 3]) func `a pass is complete after one that ended, and after one that was left`(
        threads: Int
    ) throws {
        let file = try TemporaryFile.samples(Self.count)
        let stream = try stream(file, threads: threads)
        let expected = try (0..<4).map { try labels(of: stream.withoutPrefetching.epoch($0)) }
        var left: Colonnade.Stream.Iterator?
        for round in 0..<60 {
            let epoch = round % 4
            var pass = stream.epoch(epoch).makeIterator()
            // The passes are left after different numbers of batches: before the first, with some ready, at the end.
            let most = [0, 1, 2, 17, Int.max][round % 5]
            var found: [[Int64]] = []
            while found.count < most, let batch = try pass.next() {
                found.append(try batch["label"].elements(as: Int64.self))
            }
            #expect(found == Array(expected[epoch].prefix(most)))
            // The previous pass is released while this one has threads.
            left = pass
        }
        withExtendedLifetime(left) {}
    }

    @Test(arguments: [1, 3]) func `a pass is complete after one with an error`(threads: Int) throws {
        let file = try TemporaryFile.samples(Self.count)
        let failing = Monitor(true)
        let stream = try Buffer(at: file.path).stream().map("label") { label in
            if failing.withLock({ $0 }), try label.item(as: Int64.self) == 100 {
                throw ColonnadeError(.invalidArgument, "not this one")
            }
            return label
        }.batched(by: 10).prefetched(depth: 4, threads: threads)
        for round in 0..<10 {
            failing.withLock { $0 = round % 2 == 0 }
            var pass = stream.makeIterator()
            var found: [Int64] = []
            var errors = 0
            while true {
                do throws(ColonnadeError) {
                    guard let batch = try pass.next() else { break }
                    found += try batch["label"].elements(as: Int64.self)
                } catch {
                    errors += 1
                    // Every fourth pass is left at the error.
                    if round % 4 == 0 { break }
                }
            }
            let rest = (0..<Int64(Self.count)).filter { round % 2 == 1 || !(100..<110).contains($0) }
            #expect(errors == (round % 2 == 0 ? 1 : 0))
            #expect(found == (round % 4 == 0 ? Array(0..<100) : rest))
        }
    }

    @Test func `threads stay alive between passes, and end some time after the last one`() async {
        await #expect(processExitsWith: .success) {
            let buffer = try Buffer(columns: ["x": Tensor((0..<1000).map { Int64($0) })])
            let threads = IdleThreads.ofProcess
            func wait(for count: Int) { while threads.count != count { usleep(1000) } }
            do {
                let stream = try buffer.shuffled(seed: 1).stream().batched(by: 10).prefetched(depth: 4, threads: 2)
                for epoch in 0..<20 {
                    var pass = stream.epoch(epoch).makeIterator()
                    // Some passes are left before their end.
                    let most = epoch % 3 == 0 ? 5 : Int.max
                    var taken = 0
                    while taken < most, try pass.next() != nil { taken += 1 }
                    pass.stop()
                    // More threads than these would also become idle.
                    wait(for: 2)
                }
            }
            // Passes of other streams use them too.
            var pass = try buffer.stream().batched(by: 10).prefetched(depth: 4, threads: 1).makeIterator()
            guard try pass.next() != nil else { exit(1) }
            pass.stop()
            wait(for: 2)
            wait(for: 0)
        }
    }
}
