// SPDX-License-Identifier: Apache-2.0
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CColonnade
internal import Colonnade
internal import ColonnadeCore
internal import ColonnadeIngest

@c @implementation
public func colonnade_from_columns(
    _ columns: UnsafePointer<colonnade_column>?, _ columnCount: Int, _ count: Int64, _ owner: UnsafeMutableRawPointer?,
    _ release: @convention(c) (UnsafeMutableRawPointer?) -> Void, _ error: UnsafeMutablePointer<colonnade_error>?
) -> OpaquePointer? {
    let owner = unsafe ForeignOwner(owner, release)
    return unsafe Failure.caught(error) { () throws(ColonnadeError) in
        guard let count = Int(exactly: count), count >= 0 else {
            throw ColonnadeError(.invalidArgument, "there cannot be \(count) samples")
        }
        var fields: [Field] = []
        var values: [RowColumn] = []
        for index in 0..<columnCount {
            let (field, column) = try unsafe ForeignColumn.read(columns![index], count: count, owner)
            fields.append(field)
            values.append(column)
        }
        let buffer = Buffer(try Schema(fields), count, columns: values)
        return unsafe Handle.make(PipelineHandle(samples: .buffer(buffer)))
    }
}

@c @implementation
public func colonnade_put(
    _ results: OpaquePointer, _ row: Int64, _ field: Int, _ dtype: Int32, _ rank: Int32, _ shape: UnsafePointer<Int64>?,
    _ error: UnsafeMutablePointer<colonnade_error>?
) -> UnsafeMutableRawPointer? {
    let values: RowValues = unsafe Handle.object(results)
    values.current = Int(row)
    return unsafe Failure.caught(error) { () throws(ColonnadeError) in
        let (storage, offset) = try unsafe values.memory(field, DType(number: dtype), Shape.read(shape, rank))
        return unsafe storage.mutableBytes.baseAddress! + offset
    }
}

@c @implementation
public func colonnade_identity(
    _ results: OpaquePointer, _ row: Int64, _ number: UnsafeMutablePointer<Int64>, _ epoch: UnsafeMutablePointer<Int64>
) {
    let values: RowValues = unsafe Handle.object(results)
    let isKnown = values.identities.indices.contains(Int(row))
    let identity = isKnown ? values.identities[Int(row)] : (row: Int(row), epoch: 0)
    unsafe number.pointee = Int64(identity.row)
    unsafe epoch.pointee = Int64(identity.epoch)
}

@c @implementation
public func colonnade_from_source(
    _ source: UnsafePointer<colonnade_source>, _ fields: UnsafePointer<colonnade_field>?, _ fieldCount: Int,
    _ label: UnsafePointer<CChar>, _ error: UnsafeMutablePointer<colonnade_error>?
) -> OpaquePointer? {
    let owner = unsafe ForeignOwner(source.pointee.context, source.pointee.release)
    return unsafe Failure.caught(error) { () throws(ColonnadeError) in
        let schema = try unsafe Schema(fields, count: fieldCount)
        let made = unsafe ForeignSource(source.pointee, owner, schema, label: String(cString: label))
        return unsafe Handle.make(PipelineHandle(PlanSource(.iterable(made), .stream(Stream(made)))))
    }
}

@c @implementation
public func colonnade_csv(
    _ path: UnsafePointer<CChar>?, _ bytes: UnsafeRawPointer?, _ size: Int, _ name: UnsafePointer<CChar>,
    _ separator: UnsafePointer<CChar>, _ quote: UnsafePointer<CChar>, _ error: UnsafeMutablePointer<colonnade_error>?
) -> OpaquePointer? {
    unsafe Failure.caught(error) { () throws(ColonnadeError) in
        let source = try unsafe PlanSource(
            csv: text(path, bytes, size, name), separator: String(cString: separator), quote: String(cString: quote))
        return unsafe Handle.make(PipelineHandle(source))
    }
}

@c @implementation
public func colonnade_lines(
    _ path: UnsafePointer<CChar>?, _ bytes: UnsafeRawPointer?, _ size: Int, _ name: UnsafePointer<CChar>,
    _ key: UnsafePointer<CChar>, _ error: UnsafeMutablePointer<colonnade_error>?
) -> OpaquePointer? {
    unsafe Failure.caught(error) { () throws(ColonnadeError) in
        let source = try unsafe PlanSource(lines: text(path, bytes, size, name), key: String(cString: key))
        return unsafe Handle.make(PipelineHandle(source))
    }
}

@c @implementation
public func colonnade_files_of_tar(
    _ path: UnsafePointer<CChar>, _ isNested: Bool, _ error: UnsafeMutablePointer<colonnade_error>?
) -> OpaquePointer? {
    unsafe Failure.caught(error) { () throws(ColonnadeError) in
        unsafe Handle.make(PipelineHandle(try PlanSource(filesOfTar: String(path: path), isNested: isNested)))
    }
}

private func text(
    _ path: UnsafePointer<CChar>?, _ bytes: UnsafeRawPointer?, _ size: Int, _ name: UnsafePointer<CChar>
) -> TextInput {
    if let path = unsafe path { return unsafe .file(String(path: path)) }
    return unsafe .bytes(Array(UnsafeRawBufferPointer(start: bytes, count: size)), name: String(cString: name))
}

/// Returns the only character of a text. Throws `invalidArgument` if the text has more or fewer.
func single(_ text: String, _ purpose: String) throws(ColonnadeError) -> Character {
    guard let character = text.first, text.count == 1 else {
        throw ColonnadeError(.invalidArgument, "a \(purpose) is one character, not \"\(text)\"")
    }
    return character
}
