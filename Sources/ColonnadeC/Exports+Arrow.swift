// SPDX-License-Identifier: Apache-2.0
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CArrow
public import CColonnade
internal import ColonnadeCore
internal import ColonnadeIngest
internal import ColonnadeStore

@c @implementation
public func colonnade_ingest_arrow(
    _ stream: UnsafeMutablePointer<ArrowArrayStream>, _ path: UnsafePointer<CChar>,
    _ options: UnsafePointer<colonnade_argument>?,
    _ optionCount: Int, _ progress: colonnade_progress?, _ context: UnsafeMutableRawPointer?,
    _ error: UnsafeMutablePointer<colonnade_error>?
) -> Int64 {
    let rows = unsafe Failure.caught(error) { () throws(ColonnadeError) in
        // Whatever is wrong with the options, the stream is released.
        defer { if let release = unsafe stream.pointee.release { unsafe release(stream) } }
        var arguments = try unsafe Arguments("ingest_arrow", options, optionCount)
        var arrow = ArrowOptions()
        arrow.name = arguments.text("name") ?? arrow.name
        arrow.columns = arguments.texts("columns") ?? []
        arrow.fills = arguments.keyedTexts("fills")
        arrow.kindFills = try KindFills(&arguments)
        arrow.masks = arguments.isSet("masks")
        arrow.media = arguments.keyedTexts("media")
        arrow.decoded = Set((arguments.texts("decoded") ?? []).exactNames)
        arrow.decodesAll = arguments.isSet("decode_all")
        arrow.keepsClassNames = arguments.integer("keep_class_names") ?? 1 != 0
        for (column, text) in arguments.keyedTexts("shapes") {
            let sizes = text.split(separator: ",", omittingEmptySubsequences: false)
            let shape = sizes.map { Int($0) }
            guard zip(sizes, shape).allSatisfy({ $0 == "?" || $1 != nil }) else {
                throw ColonnadeError(.invalidArgument, "\"\(text)\" is not the shape of a column")
            }
            arrow.shapes[column] = shape
        }
        var writing = WriterOptions()
        try writing.set(&arguments)
        try arguments.checkAllRead()
        let source = try unsafe ArrowStreamSource(adopting: stream, options: arrow)
        let ingestor = try Ingestor(source: source, options: writing)
        return try unsafe ingestor.write(to: String(path: path)) { rows, bytes in
            unsafe progress?(context, Int64(rows), Int64(bytes)) ?? true
        }.rowCount
    }
    return rows.map { Int64($0) } ?? -1
}
