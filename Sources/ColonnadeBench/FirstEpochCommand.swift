// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Colonnade

/// Measures the cost of the first epoch of a mapped file relative to a warm epoch, and the cost of checking its blocks
/// during that epoch.
///
/// One process opens the file repeatedly, so that the time to load code, which a process does once, is not included.
struct FirstEpochCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "first-epoch",
        abstract:
            "Measures the first shuffled epoch of a file against later ones, with and without checks of its blocks.")

    @Argument(help: "A Colonnade file with columns of fixed shape.")
    var file: String

    @Option(help: "Rows in a batch.")
    var batch = 256

    @Option(help: "Threads that prefetch.")
    var threads = 0

    @Option(help: "How often the file is opened in each way, after a first time that does not count.")
    var repeats = 9

    func run() throws {
        var ratios: [Double] = []
        var checkedFirst: [Double] = []
        var checkedLater: [Double] = []
        for round in 0...repeats {
            let (plain, checked) = try (streamed(.off), streamed(.automatic))
            let plainFirst = try nanoseconds(ofPass: plain.epoch(0))
            let checkedTime = try nanoseconds(ofPass: checked.epoch(0))
            var plainTimes: [Double] = []
            var checkedTimes: [Double] = []
            // The variants take turns, so that a machine that slows down affects both.
            for epoch in 1...8 {
                plainTimes.append(try nanoseconds(ofPass: plain.epoch(epoch)))
                checkedTimes.append(try nanoseconds(ofPass: checked.epoch(epoch)))
            }
            guard round > 0 else { continue }
            ratios.append(plainFirst / plainTimes.sorted()[3])
            checkedFirst.append(checkedTime / plainFirst)
            checkedLater.append(checkedTimes.sorted()[3] / plainTimes.sorted()[3])
        }
        print("{\"ratios\": \(ratios), \"checked_first\": \(checkedFirst), \"checked_later\": \(checkedLater)}")
    }

    private func streamed(_ verification: StoredDataset.Verification) throws -> Stream {
        let stream = try Buffer(at: file, verification: verification).shuffled(seed: 7).stream().batched(by: batch)
        return threads > 0 ? try stream.prefetched(threads: threads) : stream
    }
}
