// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Colonnade

/// Measures the time until the first batch: of a file that is opened, and of a further pass over a stream.
///
/// One process does this repeatedly, so that the time to load code, which a process does once, is not included. The
/// pages of the file are in the page cache, and no page is mapped when the file is opened.
struct StartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Measures the time until the first batch of a shuffled stream.")

    @Argument(help: "A Colonnade file.")
    var file: String

    @Option(help: "Rows in a batch.")
    var batch = 256

    @Option(help: "Threads that prefetch; 0 for a stream without prefetching.")
    var threads = 1

    @Option(help: "How often the file is opened, and how often a pass is begun again.")
    var repeats = 101

    @Option(help: "Batches of a pass that are taken before the next pass begins; all if not given.")
    var taken: Int?

    func run() throws {
        var opening: [Double] = []
        var chaining: [Double] = []
        var reading: [Double] = []
        var all: [Double] = []
        for _ in 0..<repeats {
            pause()
            let start = ContinuousClock.now
            let buffer = try Buffer(at: file)
            let opened = ContinuousClock.now
            let stream = try streamed(buffer)
            let chained = ContinuousClock.now
            var pass = stream.makeIterator()
            guard try pass.next() != nil else { throw ValidationError("the file has no rows") }
            let end = ContinuousClock.now
            opening.append((opened - start).nanoseconds)
            chaining.append((chained - opened).nanoseconds)
            reading.append((end - chained).nanoseconds)
            all.append((end - start).nanoseconds)
        }
        let restarts = try restarts()
        let figures = [
            ("open", opening), ("chain", chaining), ("first_batch", reading), ("start", all), ("restart", restarts),
        ]
        let members = figures.map { "\"\($0.0)_seconds\": \($0.1.map { $0 / 1e9 })" }
        print("{\(members.joined(separator: ", "))}")
    }

    /// Returns the times from the release of one pass to the first batch of the next one, in nanoseconds.
    private func restarts() throws -> [Double] {
        let stream = try streamed(Buffer(at: file))
        var times: [Double] = []
        var pass = stream.makeIterator()
        for epoch in 0...repeats {
            let start = ContinuousClock.now
            pass = stream.epoch(epoch).makeIterator()
            guard try pass.next() != nil else { throw ValidationError("the file has no rows") }
            // The first pass maps the file.
            if epoch > 0 { times.append((ContinuousClock.now - start).nanoseconds) }
            var count = 1
            while count != taken, try pass.next() != nil { count += 1 }
        }
        return times
    }

    /// Waits until the threads of the previous stream have released it: removing its mapping would block those that follow.
    private func pause() {
        let end = ContinuousClock.now + .milliseconds(3)
        while ContinuousClock.now < end { continue }
    }

    private func streamed(_ buffer: Buffer) throws -> Stream {
        let stream = try buffer.shuffled(seed: 7).batched(by: batch).stream()
        return threads > 0 ? try stream.prefetched(depth: 8, threads: threads) : stream
    }
}
