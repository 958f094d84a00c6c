// SPDX-License-Identifier: Apache-2.0
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CColonnade
internal import Colonnade
internal import ColonnadeCore
internal import ColonnadeStore

@c @implementation
public func colonnade_open(
    _ path: UnsafePointer<CChar>, _ check: Int32, _ error: UnsafeMutablePointer<colonnade_error>?
) -> OpaquePointer? {
    unsafe colonnade_open_version(path, check, 0, nil, error)
}

@c @implementation
public func colonnade_open_version(
    _ path: UnsafePointer<CChar>, _ check: Int32, _ version: Int64, _ tag: UnsafePointer<CChar>?,
    _ error: UnsafeMutablePointer<colonnade_error>?
) -> OpaquePointer? {
    unsafe Failure.caught(error) { () throws(ColonnadeError) in
        let verification: StoredDataset.Verification
        switch check & ~Int32(COLONNADE_COPY) {
        case Int32(COLONNADE_CHECK_METADATA): verification = .off
        case Int32(COLONNADE_CHECK_ON_FIRST_TOUCH): verification = .onFirstTouch
        case Int32(COLONNADE_CHECK_AUTOMATIC): verification = .automatic
        case Int32(COLONNADE_CHECK_FULL): verification = .full
        default: throw ColonnadeError(.invalidArgument, "\(check) is not one of the COLONNADE_CHECK_ numbers")
        }
        let isCopying = check & Int32(COLONNADE_COPY) != 0
        let tag = unsafe tag.map { unsafe String(cString: $0) }
        let source = try unsafe PlanSource(
            path: String(path: path), verification, isCopying: isCopying, version: version == 0 ? nil : Int(version),
            tag: tag)
        return unsafe Handle.make(PipelineHandle(source))
    }
}

@c @implementation
public func colonnade_check_intact(
    _ pipeline: OpaquePointer, _ error: UnsafeMutablePointer<colonnade_error>?
) -> Int32 {
    let done: Void? = unsafe Failure.caught(error) { () throws(ColonnadeError) in
        switch unsafe Handle.pipeline(pipeline).contents {
        case .buffer(let buffer): try buffer.checkIntact()
        case .stream(let stream): try stream.checkIntact()
        }
    }
    return done == nil ? -1 : 0
}

@c @implementation
public func colonnade_count(_ pipeline: OpaquePointer) -> Int64 {
    let count: Int? =
        switch unsafe Handle.pipeline(pipeline).contents {
        case .buffer(let buffer): buffer.count
        case .stream(let stream): stream.count
        }
    return count.map { Int64($0) } ?? -1
}

@c @implementation
public func colonnade_is_stream(_ pipeline: OpaquePointer) -> Bool {
    if case .stream = unsafe Handle.pipeline(pipeline).contents { true } else { false }
}

@c @implementation
public func colonnade_is_batched(_ pipeline: OpaquePointer) -> Bool { unsafe Handle.pipeline(pipeline).isBatched }

@c @implementation
public func colonnade_field_count(_ pipeline: OpaquePointer) -> Int { unsafe Handle.pipeline(pipeline).fields.count }

@c @implementation
public func colonnade_field_at(_ pipeline: OpaquePointer, _ index: Int) -> UnsafePointer<colonnade_field> {
    let fields = unsafe Handle.pipeline(pipeline).fields
    precondition(index < fields.count, "there is no field \(index): there are \(fields.count)")
    return unsafe UnsafePointer(fields.pointer + index)
}

@c @implementation
public func colonnade_explain(_ pipeline: OpaquePointer) -> UnsafeMutablePointer<CChar> {
    let text =
        switch unsafe Handle.pipeline(pipeline).contents {
        case .buffer(let buffer): buffer.explain()
        case .stream(let stream): stream.explain()
        }
    return unsafe CTexts.copy(text)
}

@c @implementation
public func colonnade_metadata(
    _ pipeline: OpaquePointer, _ count: UnsafeMutablePointer<Int>
) -> UnsafePointer<UnsafePointer<CChar>?>? {
    let texts = unsafe Handle.pipeline(pipeline).metadata
    unsafe count.pointee = texts.count
    return unsafe UnsafePointer(texts.pointers)
}
