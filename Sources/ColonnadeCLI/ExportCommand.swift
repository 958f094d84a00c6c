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

            Ingesting what was exported gives the same rows back; the report says with which options. Labels and metadata \
            are in none of these formats, and columns whose rows differ in length only in JSON Lines.
            """)

    @Argument(help: "A Colonnade file.", completion: .file())
    var file: String

    @Option(name: .shortAndLong, help: "The file to write.", completion: .file())
    var output: String

    @Option(help: "The format, where the ending does not tell: npz, jsonl, csv, tsv.")
    var format: String?

    @Option(help: ArgumentHelp("Only these columns, in this order.", valueName: "a,b,…"))
    var columns: [ColumnList] = []

    @Flag(help: "Replaces a file that is there already, once the new one is complete.")
    var force = false

    @Flag(help: "The report as JSON.")
    var json = false

    var target: String { output }

    func run() throws {
        let format = try format.map(ExportFormat.init(named:)) ?? ExportFormat(forPath: output)
        try StagingFile.check(target: output, replacing: force, sources: [file])
        let export = try DatasetExport(StoredDataset(path: file), columns: columns.names)
        var progress = Progress()
        var valueBytes = 0
        let rows = export.dataset.rowCount
        Interrupts.catchSignals()
        defer { progress.end() }
        try export.write(to: output, format: format, replacing: force) { done, bytes in
            valueBytes = bytes
            progress.show(rows: done, bytes: bytes, fraction: Double(done) / Double(max(rows, 1)))
            return !Interrupts.requested
        }
        let seconds = progress.seconds
        progress.end()
        let speed = Double(valueBytes) / max(seconds, 1e-9)
        var back = format.ingestArguments(for: export.schema)
        if rows == 0, format == .jsonl {
            // No line says in which order the columns are.
            back += ["--columns", ColumnList(names: export.schema.names).description]
        }
        if json {
            try Console.report { (json) throws(ColonnadeError) in
                json.member("file", file)
                json.member("output", output)
                json.member("format", format.rawValue)
                json.member("rows", rows)
                json.member("value_bytes", valueBytes)
                json.member("seconds", seconds)
                json.member("bytes_per_second", speed)
                json.key("ingest_arguments")
                json.array { json in
                    for argument in back { json.value(argument) }
                }
            }
        } else {
            var lines = [
                "wrote \(output): \(Wording.count(rows, "row")), \(Wording.bytes(valueBytes)) of values in "
                    + "\(Wording.seconds(seconds)), \(Wording.speed(speed))"
            ]
            if !back.isEmpty {
                lines.append("to get the same types back, ingest it with \(back.map(quoted).joined(separator: " "))")
            }
            try Console.report(lines: lines)
        }
    }

    /// As a shell reads it as one word.
    private func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy { byte in
            byte >= 0x80 || Character(Unicode.Scalar(byte)).isLetter || (0x30...0x39).contains(byte)
                || "-_=:./,%+@".utf8.contains(byte)
        }
        return isPlain
            ? word
            : "'\(Wording.printable(word).split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#))'"
    }
}
