// SPDX-License-Identifier: Apache-2.0
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CColonnade
internal import ColonnadeCore
internal import ColonnadeIngest
internal import ColonnadeStore

@c @implementation
public func colonnade_ingest_files(
    _ path: UnsafePointer<CChar>, _ options: UnsafePointer<colonnade_argument>?, _ optionCount: Int,
    _ progress: colonnade_progress?, _ context: UnsafeMutableRawPointer?,
    _ error: UnsafeMutablePointer<colonnade_error>?
) -> Int64 {
    let rows = unsafe Failure.caught(error) { () throws(ColonnadeError) in
        var arguments = try unsafe Arguments("ingest_files", options, optionCount)
        let sources = try arguments.need(fileNames: "sources")
        var ingest = IngestOptions()
        ingest.columns = arguments.texts("columns") ?? []
        for (column, text) in arguments.keyedTexts("types") { ingest.types[column] = try RequestedType(parsing: text) }
        ingest.fills = arguments.keyedTexts("fills")
        try setTextOptions(&ingest, &arguments)
        ingest.labelNames = try labels(&arguments)
        try ingest.writer.set(&arguments)
        try arguments.checkAllRead()
        return try unsafe Ingestor(paths: sources, options: ingest).write(to: String(path: path)) { rows, bytes in
            unsafe progress?(context, Int64(rows), Int64(bytes)) ?? true
        }.rowCount
    }
    return rows.map { Int64($0) } ?? -1
}

/// Reads what is said about files of text.
private func setTextOptions(_ ingest: inout IngestOptions, _ arguments: inout Arguments) throws(ColonnadeError) {
    ingest.kindFills = try KindFills(&arguments)
    ingest.masks = arguments.isSet("masks")
    if let missing = arguments.texts("missing") { ingest.missing = missing }
    let vectors = arguments.texts("vectors") ?? []
    guard vectors.count % 3 == 0 else {
        throw ColonnadeError(.invalidArgument, "vectors has for each tensor its name, its first and its last column")
    }
    ingest.vectors = stride(from: 0, to: vectors.count, by: 3).map {
        VectorColumn(name: vectors[$0], first: vectors[$0 + 1], last: vectors[$0 + 2])
    }
    ingest.delimiter = arguments.text("delimiter").flatMap(\.first)
    if let quote = arguments.text("quote") { ingest.quoting = quote.first.map { .character($0) } ?? .none }
    ingest.escapes = arguments.isSet("escapes")
    ingest.header = arguments.integer("header").map { $0 != 0 }
}

/// Reads the names of classes by column. Throws `invalidArgument` where the counts do not add up.
private func labels(_ arguments: inout Arguments) throws(ColonnadeError) -> NameMap<[String]> {
    let columns = arguments.texts("label_columns") ?? []
    let counts = arguments.integers("label_counts") ?? []
    let names = arguments.texts("label_names") ?? []
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
