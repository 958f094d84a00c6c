// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore
import ColonnadeFormat
import ColonnadeIngest
import ColonnadeStore
import ColonnadeSystem

struct IngestCommand: WritingCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Converts sources into a Colonnade file.",
        discussion: """
            Sources are IDX, .npy, .npz, CSV, TSV and JSON Lines; IDX and text also gzipped. Files with as many rows but other \
            columns become columns of the same samples; files with the same columns are taken one after another.

              colonnade ingest train-images-idx3-ubyte.gz \\
                  train-labels-idx1-ubyte.gz --output fashion.colonnade
              colonnade ingest fashion-mnist.csv --output fashion.colonnade \\
                  --vector image=pixel1:pixel784 --type image=uint8[28,28] \\
                  --labels label=names.txt
              colonnade ingest penguins.csv --output penguins.colonnade \\
                  --type year=int16 --missing NA --fill body_mass_g=0
              colonnade ingest part-*.jsonl --output all.colonnade --codec text=zlib
              colonnade ingest big.csv --output big.colonnade --dry-run

            The types of text are settled from all of its values, and the reasons are said; with --dry-run nothing is \
            written, and all values are tried. A value that does not fit is reported with its record and column; then, and \
            when the command is interrupted, there is no file under the name of the target, or the old one.
            """)

    @Argument(help: "Files to read.", completion: .file())
    var sources: [String]

    @Option(name: .shortAndLong, help: "The Colonnade file to write.", completion: .file())
    var output: String

    @OptionGroup(title: "Source options")
    var options: SourceOptions

    @Option(
        help: ArgumentHelp(
            "How a column is stored: plain or zlib; * stands for all other columns.", valueName: "column=codec"))
    var codec: [Assignment<CodecID>] = []

    @Option(
        help:
            "auto: small columns lie together, row by row, which makes random rows of tables fast; separate: each apart."
    )
    var group = GroupChoice.auto

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Text to keep with the data, such as its origin or licence.", valueName: "key=value"))
    var metadata: [Assignment<String>] = []

    @Flag(help: "Only tries: reads all, says what it would do, and writes nothing.")
    var dryRun = false

    @Flag(help: "Replaces a file that is there already, once the new one is complete.")
    var force = false

    @Flag(help: "The report as JSON.")
    var json = false

    var target: String { output }

    /// A file called "-" is ./-.
    private var place: String { output == "-" ? "/dev/stdout" : output }

    func run() throws {
        // Before a long source is read in vain.
        if !dryRun {
            try StagingFile.check(target: place, replacing: force, sources: sources + labelFiles)
        }
        let ingestor = try Ingestor(paths: sources, options: try ingestOptions())
        var work = IngestWork(ingestor.plan)
        defer { work.clear() }
        if dryRun {
            try ingestor.rehearse { work.goOn($0, $1) }
            work.end()
        } else {
            work.end(try ingestor.write(to: place) { work.goOn($0, $1) })
        }
        try work.report("wrote \(output)", output, asJSON: json)
    }

    private var labelFiles: [String] { options.labels.map(\.value) }

    private func ingestOptions() throws -> IngestOptions {
        var options = try options.ingestOptions()
        var codecs = try codec.unique("--codec")
        if let others = codecs.removeValue(forName: "*") { options.writer.defaultCodec = others }
        options.writer.codecs = codecs
        options.writer.grouping = group.grouping
        options.writer.metadata = try metadata.unique("--metadata")
        options.writer.replacing = force
        return options
    }
}

enum GroupChoice: String, ExpressibleByArgument, CaseIterable {
    case auto, separate

    var grouping: WriterOptions.Grouping {
        switch self {
        case .auto: .automatic
        case .separate: .separate
        }
    }
}
