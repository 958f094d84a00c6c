// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore
import ColonnadeIngest
import ColonnadeStore

struct ColumnsAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Adds the columns of sources to the rows of a data set.",
        discussion: """
            The sources have as many rows as the data set, in the same order.

              colonnade columns add train.colonnade embeddings.npy lengths.csv
              colonnade columns add train.colonnade corrected.csv --columns label --replace
            """)

    @Argument(help: "The folder of a data set of many files, or a Colonnade file.", completion: .file())
    var folder: String

    @Argument(help: "Files to read.", completion: .file())
    var sources: [String]

    @OptionGroup(title: "Source options")
    var options: SourceOptions

    @OptionGroup
    var codecs: CodecOptions

    @Flag(help: "Takes the place of the columns with the same names.")
    var replace = false

    @Flag(help: "Prints the report as JSON.")
    var json = false

    func run() throws {
        var options = try options.ingestOptions()
        try codecs.set(in: &options.writer)
        let ingestor = try Ingestor(paths: sources, options: options)
        var work = IngestWork(ingestor.plan, skipped: options.skipped)
        defer { work.clear() }
        work.end(try ingestor.addColumns(to: folder, isReplacing: replace) { work.showProgress($0, $1) })
        try work.report("added to \(folder)", folder, asJSON: json)
    }
}
