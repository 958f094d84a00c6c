// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem
import Testing

@testable import Colonnade

@Suite(.timeLimit(.minutes(15))) struct PrefetcherTests {
    @Test func `a pass is complete for any number of threads that cannot be started`() async throws {
        let file = try TemporaryFile.samples(120)
        let stream = try Buffer(at: file.path).shuffled(seed: 4).stream().batched(by: 3)
            .prefetched(depth: 6, threads: 4)
        let expected = try labels(of: stream)
        #if DEBUG
            // EAGAIN
            let noResources: Int32 = 11
            for failing in 0...4 {
                let fault = FaultInjection(failing: failing, with: noResources, persistent: true)
                let waiting = try FaultInjection.$current.withValue(fault) { try labels(of: stream) }
                #expect(waiting == expected)
                let another = FaultInjection(failing: failing, with: noResources, persistent: true)
                let suspending = try await FaultInjection.$current.withValue(another) {
                    var labels: [[Int64]] = []
                    for try await batch in stream { labels.append(try batch["label"].elements(as: Int64.self)) }
                    return labels
                }
                #expect(suspending == expected)
                #expect(another.failed == (failing < 4 ? "pthread_create" : nil))
            }
        #endif
    }

    @Test(arguments: [0, 2]) func `an item is returned at once if it is ready, and only then`(threads: Int) throws {
        let file = try TemporaryFile.samples(400)
        var stream = try Buffer(at: file.path).shuffled(seed: 4).stream().batched(by: 4)
        let expected = try labels(of: stream)
        if threads > 0 { stream = try stream.prefetched(depth: 8, threads: threads) }
        var pass = stream.makeIterator()
        #expect(try pass.nextIfReady() == nil)
        var found: [[Int64]] = []
        var readyCount = 0
        while let batch = try pass.next() {
            found.append(try batch["label"].elements(as: Int64.self))
            while let batch = try pass.nextIfReady() {
                found.append(try batch["label"].elements(as: Int64.self))
                readyCount += 1
            }
        }
        #expect(found == expected)
        // Blocks of several batches are ready at once.
        #expect(readyCount > 0)
        #expect(try pass.nextIfReady() == nil)
        pass.stop()
        #expect(try pass.nextIfReady() == nil)
    }

    @Test func `copies of an iterator share their state, while any of them waits`() async throws {
        let file = try TemporaryFile.samples(600)
        for (depth, threads) in [(1, 1), (2, 2), (8, 3)] {
            let stream = try Buffer(at: file.path).stream().map("label") { label in
                // The time is long enough that consumers must wait.
                if try label.item(as: Int64.self) % 8 == 0 { spin() }
                return label
            }.batched(by: 2).prefetched(depth: depth, threads: threads)
            let puller = Puller(stream)
            let found = try await withThrowingTaskGroup(of: [Int64].self) { group in
                for _ in 0..<8 { group.addTask { try await puller.pullAll() } }
                var all: [Int64] = []
                for try await some in group { all += some }
                return all
            }
            #expect(found.sorted() == (0..<600).map { Int64($0) })
        }
    }

    @Test func `no consumer waits for a suspended thread with small batches, and its late batches are discarded`()
        throws
    {
        let file = try TemporaryFile.samples(600)
        let stream = try Buffer(at: file.path).selecting(["label"]).shuffled(seed: 2).stream().batched(by: 3)
        let expected = try labels(of: stream)
        let cursor = try stream.makeCursor(StepTimes())
        let prefetcher = Prefetcher(cursor, Prefetching(depth: 4, threads: 1))
        // The test does the work of a thread, except making the batches.
        let first = try #require(prefetcher.claim())
        var found: [[Int64]] = []
        while let sample = try Consumer(prefetcher).next() {
            found.append(try sample["label"].elements(as: Int64.self))
            if found.count == 100 { #expect(prefetcher.finish(prefetcher.make(first))) }
        }
        #expect(found == expected)
        prefetcher.stop()
    }

    @Test func `a waiting consumer makes only its own item, also if a thread claims that item first`() throws {
        let file = try TemporaryFile.samples(4)
        let stream = try Buffer(at: file.path).stream().map("label") { $0 }
        let prefetcher = Prefetcher(try stream.makeCursor(StepTimes()), Prefetching(depth: 2, threads: 0))
        // The first sample is unclaimed. The consumer decides to make it, but a thread claims it first.
        let first = try #require(prefetcher.claim())
        #expect(prefetcher.claim(ahead: false) == nil)
        #expect(prefetcher.finish(prefetcher.make(first)))
        #expect(prefetcher.claim(ahead: false) == nil)
        #expect(try Consumer(prefetcher).next()?["label"].item(as: Int64.self) == 0)
        #expect(prefetcher.claim(ahead: false)?.number == 1)
        prefetcher.stop()
    }

    @Test func `cancelling one of several waiting tasks ends only that one`() async throws {
        let file = try TemporaryFile.samples(400)
        let stream = try Buffer(at: file.path).stream().map("label") { label in
            spin()
            return label
        }.batched(by: 2).prefetched(depth: 2, threads: 1)
        let puller = Puller(stream)
        let tasks = (0..<6).map { _ in Task { try await puller.pullAll() } }
        for task in tasks.dropFirst() {
            try await Task.sleep(for: .milliseconds(2))
            task.cancel()
        }
        var found: [Int64] = []
        for task in tasks { found += try await task.value }
        #expect(found.sorted() == (0..<400).map { Int64($0) })
    }
}

/// Runs for some tens of microseconds.
private func spin() {
    let clock = ContinuousClock()
    let end = clock.now + .microseconds(50)
    while clock.now < end { continue }
}

/// An actor in which several tasks pull from copies of one iterator: while one task is suspended, the actor serves the
/// next.
private actor Puller {
    private let iterator: Colonnade.Stream.Iterator

    init(_ stream: Colonnade.Stream) { iterator = stream.makeIterator() }

    func pullAll() async throws -> [Int64] {
        var copy = iterator
        var labels: [Int64] = []
        var isWaiting = false
        while true {
            // The pulls alternate between a thread that waits and a task that suspends.
            isWaiting.toggle()
            let batch = isWaiting && !Task.isCancelled ? try pull(&copy) : try await copy.next(isolation: self)
            guard let batch else { return labels }
            labels += try batch["label"].elements(as: Int64.self)
        }
    }

    private func pull(_ iterator: inout Colonnade.Stream.Iterator) throws -> Sample? { try iterator.next() }
}
