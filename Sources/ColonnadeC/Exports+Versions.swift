// SPDX-License-Identifier: Apache-2.0
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CColonnade
internal import ColonnadeCore
internal import ColonnadeStore

@c @implementation
public func colonnade_newest_version(
    _ path: UnsafePointer<CChar>, _ error: UnsafeMutablePointer<colonnade_error>?
) -> Int64 {
    unsafe number(error) { () throws(ColonnadeError) in
        try DatasetVersion(ifFolder: unsafe String(path: path), verification: .off)?.version ?? 0
    }
}

@c @implementation
public func colonnade_pack(
    _ source: UnsafePointer<CChar>, _ version: Int64, _ tag: UnsafePointer<CChar>?, _ target: UnsafePointer<CChar>,
    _ replacing: Bool, _ progress: colonnade_progress?, _ context: UnsafeMutableRawPointer?,
    _ error: UnsafeMutablePointer<colonnade_error>?
) -> Int64 {
    unsafe number(error) { () throws(ColonnadeError) in
        try DatasetPacker.pack(
            unsafe String(path: source), version: version == 0 ? nil : Int(version),
            tag: unsafe tag.map { unsafe String(path: $0) }, to: unsafe String(path: target), replacing: replacing
        ) { rows, _ in unsafe progress?(context, Int64(rows), 0) ?? true }.rowCount
    }
}

@c @implementation
public func colonnade_add_columns(
    _ path: UnsafePointer<CChar>, _ fields: UnsafePointer<colonnade_field>?, _ fieldCount: Int,
    _ options: UnsafePointer<colonnade_writer_options>?, _ version: Int64,
    _ inputs: UnsafePointer<UnsafePointer<CChar>?>?, _ inputCount: Int,
    _ error: UnsafeMutablePointer<colonnade_error>?
) -> OpaquePointer? {
    unsafe Failure.caught(error) { () throws(ColonnadeError) in
        let columns = try unsafe ColumnWriter(
            addingTo: String(path: path), Schema(fields, count: fieldCount), version: version == 0 ? nil : Int(version),
            inputs: CTexts.array(inputs, inputCount), isReplacing: options?.pointee.is_replacing ?? false,
            options: writerOptions(options))
        return unsafe Handle.make(WriterHandle(RowWriter(columns)))
    }
}

@c @implementation
public func colonnade_missing_rows(
    _ writer: OpaquePointer, _ version: UnsafeMutablePointer<Int64>?, _ error: UnsafeMutablePointer<colonnade_error>?
) -> Int64 {
    unsafe number(error) { () throws(ColonnadeError) in
        let writer: WriterHandle = unsafe Handle.object(writer)
        let missing = try writer.missingRows()
        unsafe version?.pointee = Int64(missing.version)
        return missing.count
    }
}

@c @implementation
public func colonnade_drop_columns(
    _ path: UnsafePointer<CChar>, _ names: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int,
    _ error: UnsafeMutablePointer<colonnade_error>?
) -> Int64 {
    unsafe number(error) { () throws(ColonnadeError) in
        try unsafe DatasetVersion.dropColumns(CTexts.array(names, count), at: String(path: path))
    }
}

@c @implementation
public func colonnade_rename_columns(
    _ path: UnsafePointer<CChar>, _ names: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int,
    _ error: UnsafeMutablePointer<colonnade_error>?
) -> Int64 {
    unsafe number(error) { () throws(ColonnadeError) in
        let texts = unsafe CTexts.array(names, count)
        guard texts.count.isMultiple(of: 2) else {
            throw ColonnadeError(
                .invalidArgument, "a new name is missing: give an old name and a new one for each column")
        }
        let pairs = stride(from: 0, to: texts.count, by: 2).map { (texts[$0], texts[$0 + 1]) }
        return try DatasetVersion.renameColumns(pairs, at: unsafe String(path: path))
    }
}

@c @implementation
public func colonnade_set_labels(
    _ path: UnsafePointer<CChar>, _ column: UnsafePointer<CChar>, _ labels: UnsafePointer<UnsafePointer<CChar>?>?,
    _ count: Int, _ error: UnsafeMutablePointer<colonnade_error>?
) -> Int64 {
    unsafe number(error) { () throws(ColonnadeError) in
        try unsafe DatasetVersion.setClassLabels(
            CTexts.array(labels, count), ofColumn: String(cString: column), at: String(path: path))
    }
}

/// Returns the number that `body` returns, or -1 if it throws, and stores its error.
@unsafe func number(
    _ error: UnsafeMutablePointer<colonnade_error>?, _ body: () throws(ColonnadeError) -> Int
) -> Int64 {
    unsafe Failure.caught(error, body).map { Int64($0) } ?? -1
}
