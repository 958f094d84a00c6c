// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore
import ColonnadeIngest

struct AppendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "append",
        abstract: "Adds the rows of sources to a Colonnade file, or to a data set of many files.",
        discussion: """
            The sources have the columns of the file, in any order; text is read as the types of the file.

              colonnade append fashion.colonnade more-images.idx more-labels.idx
              colonnade append penguins.colonnade 2010.csv --fill body_mass_g=0
              colonnade append labels.colonnade more.csv --columns label=class
              colonnade append pictures.colonnade more-cats/ --labels-by-name

            All rows come into force at once, at the end: until then, and after an error or an interruption, the file is what \
            it was. Programs that have it open keep seeing the old rows.

            A folder is a data set of many files. The rows become one more file, and the next version of the data set. Any number \
            of processes may append at once.

            Each append to a file writes the description of the whole file once more. After very many small ones the rows are written \
            anew into a file that replaces this one, unless it has several names. It is faster to add many rows at a time; \
            from 1,000 appends on a warning says so.
            """)

    @Argument(help: "The Colonnade file that grows, or the folder of a data set of many files.", completion: .file())
    var file: String

    @Argument(help: "Files to read.", completion: .file())
    var sources: [String]

    @OptionGroup(title: "Source options")
    var options: SourceOptions

    @Flag(
        help:
            "Class names may be fewer or in another order: each row gets the number that its class has in the data set."
    )
    var labelsByName = false

    @Flag(help: "Reads and checks all sources, reports what would be written, and writes nothing.")
    var dryRun = false

    @Flag(help: "Prints the report as JSON.")
    var json = false

    func run() throws {
        var options = try options.ingestOptions()
        options.mapsClassesByName = labelsByName
        let ingestor = try Ingestor(paths: sources, appendingTo: file, options: options)
        var work = IngestWork(ingestor.plan, skipped: options.skipped)
        defer { work.clear() }
        if dryRun {
            try ingestor.rehearse { work.showProgress($0, $1) }
            work.end()
        } else {
            work.end(try ingestor.append { work.showProgress($0, $1) })
        }
        work.warnOfManyAppends(to: file)
        try work.report("appended to \(file)", file, asJSON: json)
    }
}
