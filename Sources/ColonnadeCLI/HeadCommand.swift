// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore
import ColonnadeIngest
import ColonnadeStore

struct HeadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "head",
        abstract: "Shows the first samples; small images are drawn.",
        discussion: """
              colonnade head fashion.colonnade                    # five samples
              colonnade head -n 3 --skip 100 fashion.colonnade
              colonnade head -n 1000 --columns label --json fashion.colonnade \\
                  > labels.jsonl

            With --json each sample is a line: numbers in nested arrays, strings as strings, bytes as base64. It is the form \
            that `colonnade export` writes and `colonnade ingest` reads.
            """)

    @Argument(help: "A Colonnade file, or the folder of a data set of many files.", completion: .file())
    var file: String

    @OptionGroup
    var version: VersionChoice

    @Option(name: .shortAndLong, parsing: .unconditional, help: "Number of samples.")
    var number = 5

    @Option(parsing: .unconditional, help: "Number of samples to skip.")
    var skip = 0

    @Option(help: ArgumentHelp("Only these columns, in this order.", valueName: "a,b,…"))
    var columns: [ColumnList] = []

    @Flag(help: "Prints each sample as a line of JSON.")
    var json = false

    func validate() throws {
        guard number >= 0, skip >= 0 else { throw ValidationError("-n and --skip count from 0.") }
    }

    func run() throws {
        let dataset = try version.open(file)
        let selection = try ColumnSelection(columns.names, of: dataset.schema)
        let first = min(skip, dataset.rowCount)
        let rows = first..<first + min(number, dataset.rowCount - first)
        var console = Console()
        if json {
            var json = JSONWriter()
            for row in rows {
                let tensors = try dataset.row(row, columns: selection.indices)
                try json.object { (json) throws(ColonnadeError) in
                    for (field, tensor) in zip(selection.fields, tensors) {
                        json.key(field.name)
                        try json.value(tensor, of: field)
                    }
                }
                try console.line(&json)
            }
        } else {
            // The samples are printed in pages, so that memory use is independent of their number.
            for start in stride(from: rows.lowerBound, through: max(rows.lowerBound, rows.upperBound - 1), by: 100) {
                var gallery = Gallery(selection.fields, inTerminal: Console.isTerminal)
                for row in start..<min(start + 100, rows.upperBound) {
                    try gallery.append(row, dataset.row(row, columns: selection.indices))
                }
                for line in gallery.lines(width: Console.width) { try console.line(line) }
            }
        }
        try console.flush()
    }
}
