// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Colonnade
import ColonnadeCore
import ColonnadeIngest
import ColonnadeSystem

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures how fast batches come.",
        discussion: """
            Pulls epochs as a training loop would, and does nothing with the batches.

              colonnade bench fashion.colonnade --shuffle --batch 256 --threads 2
              colonnade bench fashion.colonnade --shuffle --seed 7 --epochs 5 \\
                  --cast image=float32 --scale image=1/255
              colonnade bench fashion.colonnade --columns label --checksum --json

            The first epoch may have to read the file from the disk; the speed reported is the median of all. With \
            --checksum the elements of each column of the last epoch are summed: the same for every order, batch and \
            number of threads.

            The environment variable COLONNADE_CPU selects the instructions of the kernels, of those that the CPU has: \
            avx512, avx2, sse4, neon or portable. The default is the best one.
            """)

    @Argument(help: "A Colonnade file, or the folder of a data set of many files.", completion: .file())
    var file: String

    @Option(parsing: .unconditional, help: "Rows in a batch.")
    var batch = 256

    @Option(
        parsing: .unconditional,
        help: "Threads that make batches ahead; with 0, each batch is made when it is asked for.")
    var threads = 1

    @Option(parsing: .unconditional, help: "Batches that may be ready or in the making.")
    var depth = 8

    @Option(parsing: .unconditional, help: "Number of epochs, in each of which all rows are read once.")
    var epochs = 3

    @Option(parsing: .unconditional, help: "Number of batches after which an epoch ends.")
    var limit: Int?

    @Flag(help: "Reads the rows in random order, a new one each epoch.")
    var shuffle = false

    @Option(
        parsing: .unconditional,
        help: "Blocks of rows that are open at a time in the random order, each of which is read as a whole.")
    var blocks: Int?

    @Option(parsing: .unconditional, help: "Rows in such a block; if it is not given, as many as have about 1 MiB.")
    var blockRows: Int?

    @Option(parsing: .unconditional, help: "Seed of the random order.")
    var seed: UInt64 = 0

    @Option(help: ArgumentHelp("Only these columns.", valueName: "a,b,…"))
    var columns: [ColumnList] = []

    @Option(help: ArgumentHelp("The type that a column is converted to.", valueName: "column=type"))
    var cast: [Assignment<DType>] = []

    @Option(
        help: ArgumentHelp("The factor for a floating-point column: 0.5, 1/255.", valueName: "column=factor"))
    var scale: [Assignment<Factor>] = []

    @Option(
        help: ArgumentHelp(
            "When blocks are checked against their checksums: auto, touch, full or off. The first epoch is slower for it.",
            valueName: "when"))
    var verify = VerificationChoice.auto

    @Flag(help: "Leaves out a last batch of fewer rows.")
    var dropLast = false

    @Flag(help: "Reports the sum of each column over the last epoch.")
    var checksum = false

    @Flag(help: "Prints the report as JSON.")
    var json = false

    func validate() throws {
        guard threads >= 0, epochs >= 1, limit ?? 1 >= 1 else {
            throw ValidationError("--epochs and --limit are at least 1, and --threads is not negative.")
        }
        guard shuffle || blocks == nil, blocks != nil || blockRows == nil else {
            throw ValidationError("--blocks needs --shuffle, and --block-rows needs --blocks.")
        }
    }

    func run() throws {
        let casts = try cast.unique("--cast")
        let factors = try scale.unique("--scale")
        let start = ContinuousClock.now
        let buffer = try Buffer(at: file, verification: verify.verification)
        var report = BenchReport(openSeconds: (ContinuousClock.now - start).seconds)
        let batches = try batches(of: buffer, casts, factors)
        let stream = try threads == 0 ? batches.stream() : batches.stream().prefetched(depth: depth, threads: threads)
        var sums = stream.schema.map { _ in ElementSum() }
        for epoch in 0..<epochs {
            let isSummed = checksum && epoch == epochs - 1
            try report.run(stream.epoch(epoch), limit: limit) { (batch) throws(ColonnadeError) in
                guard isSummed else { return }
                for (index, tensor) in batch.tensors.enumerated() { try sums[index].add(tensor) }
            }
        }
        if json {
            try Console.report { (json) throws(ColonnadeError) in
                settings(of: batches, &json)
                report.write(to: &json)
                guard checksum else { return }
                json.key("checksums")
                json.object { json in
                    for (name, sum) in zip(stream.schema.names, sums) { json.member(name, sum.value) }
                }
            }
        } else {
            var lines = ["\(file): \(stream.schema.map(\.description).joined(separator: ", "))"] + report.lines
            if checksum {
                for (name, sum) in zip(stream.schema.names, sums) {
                    lines.append("  sum of \(name): \(sum.exactValue ?? "\(sum.value)")")
                }
            }
            lines.append("  kernels: \(Kernels.name)")
            try Console.report(lines: lines)
        }
    }

    private func batches(
        of buffer: Buffer, _ casts: NameMap<DType>, _ factors: NameMap<Factor>
    ) throws(ColonnadeError) -> Buffer {
        for name in columns.names + casts.names + factors.names { _ = try buffer.schema.index(ofColumn: name) }
        var buffer = buffer
        if !columns.isEmpty { buffer = try buffer.selecting(columns.names) }
        if let blocks {
            buffer = try buffer.shuffled(seed: seed, blocks: blocks, rowsPerBlock: blockRows)
        } else if shuffle {
            buffer = buffer.shuffled(seed: seed)
        }
        for (name, dtype) in casts { buffer = try buffer.cast(name, to: dtype) }
        for (name, factor) in factors {
            buffer = try buffer.scaled(name, by: factor.value)
        }
        return try buffer.batched(by: batch, droppingLast: dropLast)
    }

    private func settings(of batches: Buffer, _ json: inout JSONWriter) {
        json.member("file", file.readableFileName)
        json.member("batch", batch)
        json.member("threads", threads)
        json.member("depth", depth)
        json.member("shuffle", shuffle)
        if let shape = batches.blockShape {
            json.member("blocks", shape.open)
            json.member("block_rows", shape.rows)
            json.member("lanes", shape.lanes)
        }
        json.member("seed", seed)
        json.member("verify", verify.rawValue)
        json.member("kernels", Kernels.name)
    }
}
