// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Colonnade
import ColonnadeCore
import ColonnadeSystem

/// Runs Colonnade as a contestant of `tools/bench/race`. The command reports when it is ready, and runs one epoch for
/// each request line. The answers are JSON, one line each.
struct RaceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "race", abstract: "Runs epochs of a workload as tools/bench/race asks for them.")

    @Option(help: "What is asked for.")
    var workload: String

    @Option(help: "The folder of the data sets.")
    var data: String

    @Option(help: "Rows in a batch.")
    var batch = 256

    @Option(help: "1: the consumer makes each batch. 2: a thread makes batches ahead, and the consumer helps.")
    var threads = 1

    @Option(help: "1: in random order, another each epoch.")
    var shuffle = 1

    func run() throws {
        guard
            let stream = try RaceWorkload(rawValue: workload)?
                .stream(in: data, batch: batch, threads: threads, shuffled: shuffle != 0)
                ?? RacePictures(workload)?.stream(in: data, batch: batch, threads: threads, shuffled: shuffle != 0)
        else { return try say("{\"error\": \"no such workload\"}") }
        try say("{\"name\": \"Colonnade\", \"versions\": {}, \"kernels\": \"\(Kernels.name)\"}")
        var epoch = 0
        while let line = readLine() {
            let words = line.split(separator: " ")
            switch words.first {
            case "epoch":
                try say(measure(stream.epoch(epoch), limit: words.dropFirst().first.flatMap { Double($0) }))
            case "check":
                try say(check(stream.epoch(epoch)))
            case "quit":
                return
            default:
                try say("{\"error\": \"not a command\"}")
            }
            epoch += 1
        }
    }

    /// Measures one pass, which stops after `limit` seconds unless `limit` is nil.
    private func measure(_ stream: Colonnade.Stream, limit: Double?) throws -> String {
        let clock = ContinuousClock()
        let start = clock.now
        let end = limit.map { start + .seconds($0) }
        var rows = 0
        var batches = 0
        var pass = stream.makeIterator()
        while let batch = try pass.next() {
            rows += batch.tensors[0].shape[0]
            batches += 1
            if let end, clock.now > end { break }
        }
        let elapsed = (clock.now - start).components
        let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
        return "{\"seconds\": \(seconds), \"rows\": \(rows), \"batches\": \(batches)}"
    }

    /// Sums the elements of one pass, separately for each key.
    private func check(_ stream: Colonnade.Stream) throws -> String {
        var sums = stream.schema.map { _ in ElementSum() }
        var rows = 0
        var patterns: PicturePatterns?
        var pass = stream.makeIterator()
        while let batch = try pass.next() {
            rows += batch.tensors[0].shape[0]
            for (index, tensor) in batch.tensors.enumerated() {
                // The number of bytes that pad texts depends on the batch.
                if stream.schema[index].kind == .string {
                    for text in try tensor.strings() { try sums[index].add(Tensor(utf8: text)) }
                } else {
                    try sums[index].add(tensor)
                }
            }
            patterns = patterns ?? PicturePatterns(of: batch.tensors[0])
            try patterns?.add(batch.tensors[0])
        }
        let members = zip(stream.schema.names, sums).map { "\"\($0)\": \($1.exactValue ?? "\($1.value)")" }
        let places = patterns.map { ", \"patterns\": \($0.sums)" } ?? ""
        return "{\"rows\": \(rows), \"checksums\": {\(members.joined(separator: ", "))}\(places)}"
    }

    /// Writes a line without buffering, since the race waits for it.
    private func say(_ line: String) throws {
        try Syscalls.write(1, Array("\(line)\n".utf8), path: "standard output")
    }
}
