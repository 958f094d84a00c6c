// SPDX-License-Identifier: Apache-2.0
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CArrow
public import CColonnade
internal import Colonnade
internal import ColonnadeCore
internal import ColonnadeIngest
internal import ColonnadeMedia
internal import ColonnadeStore

@c @implementation
public func colonnade_ingest_arrow(
    _ stream: UnsafeMutablePointer<ArrowArrayStream>, _ path: UnsafePointer<CChar>,
    _ options: UnsafePointer<colonnade_argument>?,
    _ optionCount: Int, _ progress: colonnade_progress?, _ context: UnsafeMutableRawPointer?,
    _ error: UnsafeMutablePointer<colonnade_error>?
) -> Int64 {
    let rows = unsafe Failure.caught(error) { () throws(ColonnadeError) in
        // The stream is released even if an option is not valid.
        defer { if let release = unsafe stream.pointee.release { unsafe release(stream) } }
        var arguments = try unsafe Arguments("ingest_arrow", options, optionCount)
        var arrow = ArrowOptions()
        arrow.name = try arguments.take(.option("name", .text, or: arrow.name))
        arrow.columns = try arguments.take(.option("columns", .texts, or: []))
        arrow.fills = try arguments.take(.option("fills", .keyedTexts, or: [:]))
        arrow.kindFills = try arguments.take(.option("kind_fills", .kindFills, or: KindFills()))
        arrow.masks = try arguments.take(.option("masks", .flag, or: false))
        arrow.media = try arguments.take(.option("media", .keyedTexts, or: [:]))
        arrow.decoded = Set(try arguments.take(.option("decoded", .texts, or: [])).exactNames)
        arrow.decodesAll = try arguments.take(.option("decode_all", .flag, or: false))
        arrow.keepsClassNames = try arguments.take(.option("keep_class_names", .flag, or: true))
        for (column, text) in try arguments.take(.option("shapes", .keyedTexts, or: [:])) {
            let sizes = text.split(separator: ",", omittingEmptySubsequences: false)
            let shape = sizes.map { Int($0) }
            guard zip(sizes, shape).allSatisfy({ $0 == "?" || $1 != nil }) else {
                throw ColonnadeError(.invalidArgument, "\"\(text)\" is not the shape of a column")
            }
            arrow.shapes[column] = shape
        }
        var writing = WriterOptions()
        writing.entryPoints = MediaFiles()
        try writing.set(&arguments)
        let job = try arguments.take(.option("job", .text, or: ""))
        let task = try arguments.take(.option("task", .integer, or: 0))
        let count = try arguments.take(.option("tasks", .integer, or: 0))
        let sources = try arguments.take(.option("sources", .text, or: ""))
        try arguments.checkAllTaken()
        let source = try unsafe ArrowStreamSource(adopting: stream, options: arrow)
        let ingestor = try Ingestor(source: source, options: writing)
        let path = unsafe String(path: path)
        let writer =
            job.isEmpty
            ? try RowWriter(creating: path, schema: source.schema, options: writing)
            : RowWriter(
                try TaskWriter(
                    DatasetJob(job, in: path), task: task, of: count == 0 ? nil : count, schema: source.schema,
                    sources: sources.isEmpty ? nil : TaskSources(ofJob: "", ofTask: sources), options: writing))
        return try ingestor.write(to: writer) { rows, bytes in
            unsafe progress?(context, Int64(rows), Int64(bytes)) ?? true
        }.rowCount
    }
    return rows.map { Int64($0) } ?? -1
}

@c @implementation
public func colonnade_export_arrow(
    _ pipeline: OpaquePointer, _ requested: UnsafePointer<ArrowSchema>?,
    _ stream: UnsafeMutablePointer<ArrowArrayStream>, _ error: UnsafeMutablePointer<colonnade_error>?
) -> Int32 {
    let done: Void? = unsafe Failure.caught(error) { () throws(ColonnadeError) in
        guard case .buffer(let buffer) = unsafe Handle.pipeline(pipeline).contents else {
            throw ColonnadeError(
                .invalidArgument, "a stream has no record batches: export the buffer that it was made of")
        }
        let export = try ArrowExport(buffer)
        if let requested = unsafe requested { try unsafe export.check(requested: requested) }
        unsafe export.write(to: stream)
    }
    return done == nil ? -1 : 0
}
