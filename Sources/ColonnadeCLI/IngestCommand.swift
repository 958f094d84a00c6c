// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore
import ColonnadeIngest
import ColonnadeStore
import ColonnadeSystem

struct IngestCommand: WritingCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Converts sources into a Colonnade file, or into a data set of many files.",
        discussion: """
            Sources are \(SourceFormat.summary). \
            Files with as many rows but other columns become columns of the same samples. Files with the same columns, in any \
            order, are taken one after another; numbers are widened to a type that holds those of all files.

              colonnade ingest train-images-idx3-ubyte.gz \\
                  train-labels-idx1-ubyte.gz --output fashion.colonnade
              colonnade ingest fashion-mnist.csv --output fashion.colonnade \\
                  --vector image=pixel1:pixel784 --type image=uint8[28,28] \\
                  --labels label=names.txt
              colonnade ingest penguins.csv --output penguins.colonnade \\
                  --type year=int16 --missing NA --fill '*=float:nan,int:0'
              colonnade ingest part-*.jsonl --output all.colonnade --codec text=zstd
              colonnade ingest big.csv --output big.colonnade --dry-run
              colonnade ingest pictures/ --output pictures.colonnade
              colonnade ingest shard-*.tar --output train.colonnade
              colonnade ingest instances.json --image-root val2017 --output val.colonnade
              colonnade ingest monday.csv --output train.colonnade/
              colonnade ingest pictures/ --output train.colonnade/ --processes 8
              colonnade ingest *.jsonl --output train.colonnade/ --job $SLURM_ARRAY_JOB_ID \\
                  --task $SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT --commit

            A folder has a folder for each class, whose name is the name of the class, or only files. The columns are image or audio \
            (the bytes of each file), label and file (its path in the folder). The first bytes of a file tell its type. Rows are in \
            the order of the names of folders, and of files in each. Links are followed; names that begin with a dot are ignored.

            A table metadata.csv, metadata.tsv or metadata.jsonl in a folder names the file of each row in its column file_name; \
            then its columns take the place of label. In COCO's JSON, annotations become boxes, labels, area, iscrowd and \
            annotation_id.

            In WebDataset's tar archives, members with the same name before the first dot are one sample, and each extension is a \
            column; the fields of json become columns such as json.caption, and __key__ is the name.

            An output that ends with a slash, or that is an empty folder, becomes a data set of many files: colonnade append adds \
            files to it, from any number of processes at once. With --processes, or with --job and --task, many processes write \
            one: each reads consecutive sources, or files of a folder, and nothing is visible before the commit. A task that \
            failed can run again with the same command, and one that is finished does nothing.

            The types of text columns are settled from all values, and the report gives the reasons. A value that does \
            not fit is reported with its record and column. After such an error, or an interruption, the target is as it was: \
            absent, or the old file.
            """)

    @Argument(help: "Files and folders to read.", completion: .file())
    var sources: [String]

    @Option(
        name: .shortAndLong, help: "The Colonnade file to write, or a folder for a data set of many files.",
        completion: .file())
    var output: String

    @OptionGroup(title: "Source options")
    var options: SourceOptions

    @OptionGroup
    var codecs: CodecOptions

    @OptionGroup(title: "Many processes")
    var many: JobOptions

    @Option(
        help:
            "auto: small columns lie together, row by row, which makes random rows of tables fast; separate: each apart."
    )
    var group = GroupChoice.auto

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Text to keep with the data, such as its origin or licence.", valueName: "key=value"))
    var metadata: [Assignment<String>] = []

    @Flag(help: "Reads and checks all sources, reports what would be written, and writes nothing.")
    var dryRun = false

    @Flag(
        help:
            "Replaces a file that exists, once the new one is complete. Links are followed. A data set of many files is never replaced."
    )
    var force = false

    @Flag(help: "Prints the report as JSON.")
    var json = false

    var target: String { output }

    /// The path of the output. The file with the name "-" is given as ./-.
    private var place: String { output == "-" ? "/dev/stdout" : output }

    func validate() throws {
        guard many.processes == nil && many.job == nil || !dryRun && !force else {
            throw ValidationError("--dry-run and --force are for one process: leave them out.")
        }
    }

    func run() throws {
        if many.processes != nil || many.job != nil { return try runMany() }
        // The target is checked before a long source is read.
        if !dryRun, try !DatasetFolder.canBeMade(at: place) {
            try StagingFile.check(target: place, replacing: force, sources: sources + labelFiles)
        }
        let options = try ingestOptions()
        let ingestor = try Ingestor(paths: sources, options: options)
        var work = IngestWork(ingestor.plan, skipped: options.skipped)
        defer { work.clear() }
        if dryRun {
            try ingestor.rehearse { work.showProgress($0, $1) }
            work.end()
        } else {
            work.end(try ingestor.write(to: place) { work.showProgress($0, $1) })
        }
        try work.report("wrote \(output)", output, asJSON: json)
    }

    private func runMany() throws {
        let work = JobWork(sources: sources, output: place, options: try ingestOptions(), json: json)
        if let processes = many.processes { return try work.run(processes: processes) }
        if let job = many.job, let task = many.task { try work.run(many, task, job) }
    }

    private var labelFiles: [String] { options.labels.map(\.value) }

    private func ingestOptions() throws -> IngestOptions {
        var options = try options.ingestOptions()
        try codecs.set(in: &options.writer)
        options.writer.grouping = group.grouping
        options.writer.metadata = try metadata.unique("--metadata")
        options.writer.replacing = force
        options.mapsClassesByName = many.labelsByName
        return options
    }
}
