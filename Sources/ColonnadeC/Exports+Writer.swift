// SPDX-License-Identifier: Apache-2.0
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CColonnade
internal import ColonnadeCore
internal import ColonnadeMedia
internal import ColonnadeStore

@c @implementation
public func colonnade_create(
    _ path: UnsafePointer<CChar>, _ fields: UnsafePointer<colonnade_field>?, _ fieldCount: Int,
    _ options: UnsafePointer<colonnade_writer_options>?, _ error: UnsafeMutablePointer<colonnade_error>?
) -> OpaquePointer? {
    unsafe Failure.caught(error) { () throws(ColonnadeError) in
        let path = unsafe String(path: path)
        let writing = try unsafe writerOptions(options)
        let isAppending = unsafe options?.pointee.is_appending ?? false
        let schema = try unsafe Schema(fields, count: fieldCount)
        guard isAppending else {
            return unsafe Handle.make(WriterHandle(try RowWriter(creating: path, schema: schema, options: writing)))
        }
        let writer = WriterHandle(try RowWriter(appendingTo: path, entryPoints: MediaFiles()))
        guard schema.isEmpty || schema == writer.schema else {
            throw ColonnadeError(
                .invalidArgument,
                "its columns are \(writer.schema.map(\.description)), and not \(schema.map(\.description))",
                at: .file(path))
        }
        return unsafe Handle.make(writer)
    }
}

@c @implementation
public func colonnade_append(
    _ writer: OpaquePointer, _ count: Int64, _ isStacked: Bool, _ tensors: UnsafePointer<colonnade_tensor>?,
    _ error: UnsafeMutablePointer<colonnade_error>?
) -> Int32 {
    let done: Void? = unsafe Failure.caught(error) { () throws(ColonnadeError) in
        let writer: WriterHandle = unsafe Handle.object(writer)
        guard let count = Int(exactly: count), isStacked ? count >= 0 : count == 1 else {
            throw ColonnadeError(.invalidArgument, "\(count) rows cannot be added that way")
        }
        var values: [Tensor] = []
        // The memory belongs to the caller again when this call ends. The writer copies what it keeps.
        for index in writer.schema.indices {
            values.append(try unsafe Tensor(borrowing: tensors![index], owner: writer))
        }
        if isStacked {
            try writer.append(stacked: values, count: count)
        } else {
            try writer.append(Sample(schema: writer.schema, tensors: values))
        }
    }
    return done == nil ? -1 : 0
}

@c @implementation
public func colonnade_finish(_ writer: OpaquePointer, _ error: UnsafeMutablePointer<colonnade_error>?) -> Int64 {
    let rows = unsafe Failure.caught(error) { () throws(ColonnadeError) in
        let writer: WriterHandle = unsafe Handle.object(writer)
        return try writer.finish().rowCount
    }
    return rows.map { Int64($0) } ?? -1
}

@c @implementation
public func colonnade_append_count(_ writer: OpaquePointer) -> Int64 {
    let writer: WriterHandle = unsafe Handle.object(writer)
    return Int64(writer.appendCount)
}

/// Returns the options that C passes. Throws `invalidArgument` for a structure of another size.
@unsafe func writerOptions(
    _ options: UnsafePointer<colonnade_writer_options>?
) throws(ColonnadeError) -> WriterOptions {
    var writing = WriterOptions()
    writing.entryPoints = MediaFiles()
    guard let options = unsafe options?.pointee else { return writing }
    guard unsafe options.size == MemoryLayout<colonnade_writer_options>.size else {
        throw ColonnadeError(.invalidArgument, "the options of a writer begin with their size")
    }
    unsafe writing.replacing = options.is_replacing
    if unsafe options.is_ungrouped { writing.grouping = .separate }
    for index in unsafe stride(from: 0, to: options.metadata_count - options.metadata_count % 2, by: 2) {
        guard let key = unsafe options.metadata?[index], let value = unsafe options.metadata?[index + 1] else {
            continue
        }
        unsafe writing.metadata[String(cString: key)] = unsafe String(cString: value)
    }
    guard let codecs = unsafe options.codecs else { return writing }
    var names: NameMap<String> = [:]
    for index in unsafe stride(from: 0, to: options.codec_count - options.codec_count % 2, by: 2) {
        guard let column = unsafe codecs[index], let codec = unsafe codecs[index + 1] else { continue }
        unsafe names[String(cString: column)] = unsafe String(cString: codec)
    }
    try writing.set(codecs: names)
    return writing
}
