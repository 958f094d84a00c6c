// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Colonnade

/// What the first epoch of a mapped file costs of a warm one. The file is opened again and again in one process: what a process
/// does once, such as loading code, is no part of it.
struct FirstEpochCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "first-epoch", abstract: "Measures the first shuffled epoch of a file against the ones behind it.")

    @Argument(help: "A Colonnade file with columns of fixed shape.")
    var file: String

    @Option(help: "Rows in a batch.")
    var batch = 256

    @Option(help: "Threads that prefetch.")
    var threads = 0

    @Option(help: "How often the file is opened, after a first time that does not count.")
    var repeats = 9

    func run() throws {
        var ratios: [Double] = []
        for round in 0...repeats {
            let stream = try Buffer(at: file).shuffled(seed: 7).stream().batched(by: batch)
            let times = try (0..<5).map { epoch in
                try nanoseconds(ofPass: (threads > 0 ? stream.prefetched(threads: threads) : stream).epoch(epoch))
            }
            if round > 0 { ratios.append(times[0] / times.dropFirst().sorted()[2]) }
        }
        print("{\"ratios\": \(ratios)}")
    }
}
