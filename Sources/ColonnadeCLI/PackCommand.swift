// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore
import ColonnadeIngest
import ColonnadeStore
import ColonnadeSystem

struct PackCommand: WritingCommand {
    static let configuration = CommandConfiguration(
        commandName: "pack",
        abstract: "Writes a data set of many files as one file, or a file as a data set of many files.",
        discussion: """
            The target has the same rows, columns, class names, codecs, metadata and entry points. Every block is verified while \
            it is read.

              colonnade pack train.colonnade --output packed.colonnade
              colonnade pack train.colonnade --output best.colonnade --tag best
              colonnade pack packed.colonnade --output many.colonnade/
            """)

    @Argument(help: "The folder of a data set of many files, or a Colonnade file.", completion: .file())
    var file: String

    @OptionGroup
    var version: VersionChoice

    @Option(
        name: .shortAndLong, help: "The file to write; a name that ends with a slash is a data set of many files.",
        completion: .file())
    var output: String

    @Flag(help: "Replaces a file that exists, once the new one is complete. Links are followed.")
    var force = false

    @Flag(help: "Prints the report as JSON.")
    var json = false

    var target: String { output }

    func run() throws {
        Interrupts.catchSignals()
        var progress = Progress()
        defer { progress.end() }
        let summary = try DatasetPacker.pack(
            file, version: version.versionNumber, tag: version.tag, to: output, replacing: force
        ) { rows, total in
            progress.show(rows: rows, bytes: 0, fraction: Double(rows) / Double(max(total, 1)))
            return !Interrupts.requested
        }
        progress.end()
        try Console.report(after: "wrote \(output)") { () throws(ColonnadeError) in
            guard json else {
                return try Console.report(
                    lines: [
                        "wrote \(output): \(Wording.count(summary.rowCount, "row")), \(Wording.bytes(summary.byteCount))"
                    ])
            }
            try Console.report { (json) throws(ColonnadeError) in
                json.member("file", output.readableFileName)
                json.member("rows", summary.rowCount)
                json.member("bytes", summary.byteCount)
            }
        }
    }
}
