// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore
import ColonnadeIngest
import ColonnadeStore
import ColonnadeSystem

struct ExportCommand: WritingCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes the rows in another format.",
        discussion: """
            To .npz, JSON Lines, CSV or TSV, as the ending of the target says.

              colonnade export fashion.colonnade --output fashion.npz
              colonnade export penguins.colonnade --output penguins.csv \\
                  --columns species,year
              colonnade export reviews.colonnade --output reviews.txt --format jsonl
              colonnade export reviews.colonnade --output - --format csv | less

            The target - is standard output; it, pipes and devices get the rows as they come, and the report of - is on \
            standard error. Links are followed: --force replaces the file that a link leads to.

            Ingesting what was exported gives the same rows back; the report says with which options. Labels and metadata \
            are in none of these formats, and columns whose rows differ in length only in JSON Lines.
            """)

    @Argument(help: "A Colonnade file, or the folder of a data set of many files.", completion: .file())
    var file: String

    @OptionGroup
    var version: VersionChoice

    @Option(name: .shortAndLong, help: "The file to write; - is standard output.", completion: .file())
    var output: String

    @Option(help: "The format, where the ending does not tell: npz, jsonl, csv, tsv.")
    var format: String?

    @Option(help: ArgumentHelp("Only these columns, in this order.", valueName: "a,b,…"))
    var columns: [ColumnList] = []

    @Option(
        help: ArgumentHelp(
            "The character that encloses fields of CSV and TSV, or \"none\"; by default \" in CSV, and none in TSV.",
            valueName: "character|none"))
    var quote: QuoteChoice?

    @Flag(help: "Writes tabs, line ends and backslashes as \\t, \\n, \\r and \\\\, for fields without quotes.")
    var escapes = false

    @Flag(help: "Replaces a file that exists, once the new one is complete. Links are followed.")
    var force = false

    @Flag(help: "Prints the report as JSON.")
    var json = false

    var target: String { output }

    func run() throws {
        let format = try format.map(ExportFormat.init(named:)) ?? ExportFormat(forPath: output)
        // The file with the name "-" is given as ./-.
        let output = output == "-" ? "/dev/stdout" : output
        let place = try OutputPath(following: output)
        if case .file = place { try StagingFile.check(target: output, replacing: force, sources: [file]) }
        let export = try DatasetExport(version.open(file), columns: columns.names)
        var progress = Progress()
        var valueBytes = 0
        let rows = export.dataset.rowCount
        let quoting = quote?.quoting ?? .automatic
        Interrupts.catchSignals()
        defer { progress.end() }
        try export.write(to: output, format: format, quoting: quoting, escapes: escapes, replacing: force) {
            done, bytes in
            valueBytes = bytes
            progress.show(rows: done, bytes: bytes, fraction: Double(done) / Double(max(rows, 1)))
            return !Interrupts.requested
        }
        let seconds = progress.seconds
        progress.end()
        var back = format.ingestArguments(for: export.schema)
        if escapes { back.append("--escapes") }
        switch quoting {
        case .automatic: break
        case .none: back += ["--quote", "none"]
        case .character(let quote): back += ["--quote", String(quote)]
        }
        if rows == 0, format == .jsonl {
            // The output has no line, so the order of the columns must be given.
            back += ["--columns", ColumnList(names: export.schema.names).description]
        }
        let report = ExportReport(
            file: file, output: output, format: format, rows: rows, valueBytes: valueBytes, seconds: seconds,
            ingestArguments: back)
        let console = Console(onErrors: place == .descriptor(1))
        try Console.report(after: "wrote \(output)") { () throws(ColonnadeError) in
            try json ? console.report { $0.members(of: report) } : console.report(lines: report.lines)
        }
    }
}
