// SPDX-License-Identifier: Apache-2.0
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CColonnade
internal import ColonnadeCore

@c @implementation
public func colonnade_apply(
    _ pipeline: OpaquePointer, _ operation: UnsafePointer<CChar>, _ arguments: UnsafePointer<colonnade_argument>?,
    _ argumentCount: Int, _ error: UnsafeMutablePointer<colonnade_error>?
) -> OpaquePointer? {
    unsafe Failure.caught(error) { () throws(ColonnadeError) in
        let name = unsafe String(cString: operation)
        var arguments = try unsafe Arguments(name, arguments, argumentCount)
        let result: PipelineHandle.Contents
        switch unsafe Handle.pipeline(pipeline).contents {
        case .buffer(let buffer):
            if let changed = try Operations.values(buffer, &arguments) {
                result = .buffer(changed)
            } else if let changed = try Operations.buffer(buffer, &arguments) {
                result = changed
            } else {
                throw Operations.unknown(name, "buffers")
            }
        case .stream(let stream):
            if let changed = try Operations.values(stream, &arguments) {
                result = .stream(changed)
            } else if let changed = try Operations.stream(stream, &arguments) {
                result = changed
            } else {
                throw Operations.unknown(name, "streams")
            }
        }
        try arguments.checkAllRead()
        return unsafe Handle.make(PipelineHandle(result, madeOf: Handle.pipeline(pipeline)))
    }
}
