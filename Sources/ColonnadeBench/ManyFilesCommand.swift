// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Colonnade

/// Measures the rate of shuffled epochs over many files that are read as one data set, relative to one file with the
/// same rows.
struct ManyFilesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "many-files", abstract: "Measures shuffled epochs of many files against one file of the same rows."
    )

    @Argument(help: "A Colonnade file, and then the files that have its rows in parts.")
    var files: [String]

    @Option(help: "Rows in a batch.")
    var batch = 256

    @Option(help: "Threads that prefetch.")
    var threads = 0

    @Option(help: "How often each is read, after a first time that does not count.")
    var repeats = 9

    func validate() throws {
        guard files.count > 1 else { throw ValidationError("name a file, and the files that have its rows in parts") }
    }

    func run() throws {
        let whole = try streamed(Buffer(at: files[0]))
        let parts = try streamed(Buffer(at: Array(files.dropFirst())))
        var ratios: [Double] = []
        for epoch in 0...repeats {
            let one = try nanoseconds(ofPass: whole.epoch(epoch))
            let many = try nanoseconds(ofPass: parts.epoch(epoch))
            if epoch > 0 { ratios.append(one / many) }
        }
        print("{\"ratios\": \(ratios)}")
    }

    private func streamed(_ buffer: Buffer) throws -> Stream {
        let stream = try buffer.shuffled(seed: 7).stream().batched(by: batch)
        return threads > 0 ? try stream.prefetched(threads: threads) : stream
    }
}
