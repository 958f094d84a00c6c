// SPDX-License-Identifier: Apache-2.0
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CColonnade
internal import ColonnadeCore
internal import ColonnadeIngest
internal import ColonnadeMedia
internal import ColonnadeStore

@c @implementation
public func colonnade_ingest_files(
    _ path: UnsafePointer<CChar>, _ options: UnsafePointer<colonnade_argument>?, _ optionCount: Int,
    _ progress: colonnade_progress?, _ context: UnsafeMutableRawPointer?,
    _ skipped: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ error: UnsafeMutablePointer<colonnade_error>?
) -> Int64 {
    let rows = unsafe Failure.caught(error) { () throws(ColonnadeError) in
        var arguments = try unsafe Arguments("ingest_files", options, optionCount)
        let sources = try arguments.take(.need("sources", .paths))
        let ingest = try ingestOptions(&arguments)
        let job = try arguments.take(.option("job", .text))
        let task = try arguments.take(.option("task", .integer))
        let count = try arguments.take(.option("tasks", .integer, or: 1))
        try arguments.checkAllTaken()
        let path = unsafe String(path: path)
        let show: Ingestor.Progress = { rows, bytes in
            unsafe progress?(context, Int64(rows), Int64(bytes)) ?? true
        }
        let rows: Int
        if let job {
            let part = try IngestTask(
                paths: sources, job: DatasetJob(job, in: path), task: task ?? 0, of: count, options: ingest)
            if task == nil {
                _ = try part.settle()
                return part.fileCount
            }
            rows = try part.run(progress: show)
        } else {
            rows = try Ingestor(paths: sources, options: ingest).write(to: path, progress: show).rowCount
        }
        if let skipped = unsafe skipped, let files = ingest.skipped, let list = files.summary {
            unsafe skipped.pointee = CTexts.copy(list.visible(keepingLines: true))
        }
        return rows
    }
    return rows.map { Int64($0) } ?? -1
}

/// Takes the options of an ingest.
private func ingestOptions(_ arguments: inout Arguments) throws(ColonnadeError) -> IngestOptions {
    var ingest = IngestOptions()
    ingest.columns = try arguments.take(.option("columns", .texts, or: []))
    for (column, text) in try arguments.take(.option("types", .keyedTexts, or: [:])) {
        ingest.types[column] = try RequestedType(parsing: text)
    }
    ingest.fills = try arguments.take(.option("fills", .keyedTexts, or: [:]))
    ingest.kindFills = try arguments.take(.option("kind_fills", .kindFills, or: KindFills()))
    ingest.text = try textOptions(&arguments)
    ingest.labelNames = try labels(&arguments)
    ingest.media = MediaFiles()
    for (column, text) in try arguments.take(.option("images", .keyedTexts, or: [:])) {
        ingest.images[column] = try PictureStorage(parsing: text)
    }
    ingest.audioInfo = try arguments.take(.option("audio_info", .flag, or: false))
    ingest.imageRoot = try arguments.take(.option("image_root", .text))
    if try arguments.take(.option("skip_bad", .flag, or: false)) { ingest.skipped = SkippedFiles() }
    try ingest.writer.set(&arguments)
    return ingest
}

/// Takes the options about text files.
private func textOptions(_ arguments: inout Arguments) throws(ColonnadeError) -> TextOptions {
    var options = TextOptions()
    options.masks = try arguments.take(.option("masks", .flag, or: false))
    options.missing = try arguments.take(.option("missing", .texts, or: options.missing))
    let vectors = try arguments.take(.option("vectors", .texts, or: []))
    guard vectors.count % 3 == 0 else {
        throw ColonnadeError(.invalidArgument, "vectors has for each tensor its name, its first and its last column")
    }
    options.vectors = stride(from: 0, to: vectors.count, by: 3).map {
        VectorColumn(name: vectors[$0], first: vectors[$0 + 1], last: vectors[$0 + 2])
    }
    options.delimiter = try arguments.take(.option("delimiter", .text))?.first
    if let quote = try arguments.take(.option("quote", .text)) {
        options.quoting = quote.first.map { .character($0) } ?? .none
    }
    options.escapes = try arguments.take(.option("escapes", .flag, or: false))
    options.header = try arguments.take(.option("header", .flag))
    return options
}

/// Takes the class names by column. Throws `invalidArgument` if the counts do not match the number of names.
private func labels(_ arguments: inout Arguments) throws(ColonnadeError) -> NameMap<[String]> {
    let columns = try arguments.take(.option("label_columns", .texts, or: []))
    let counts = try arguments.take(.option("label_counts", .integers, or: []))
    let names = try arguments.take(.option("label_names", .texts, or: []))
    guard columns.count == counts.count, counts.allSatisfy({ (0...names.count).contains($0) }),
        counts.reduce(0, +) == names.count
    else { throw ColonnadeError(.invalidArgument, "label_counts do not fit label_columns and label_names") }
    var labels: NameMap<[String]> = [:]
    var start = 0
    for (column, count) in zip(columns, counts) {
        labels[column] = Array(names[start..<start + count])
        start += count
    }
    return labels
}
