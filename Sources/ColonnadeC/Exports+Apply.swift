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
        let arguments = try unsafe Arguments(String(cString: operation), arguments, argumentCount)
        return unsafe Handle.make(try OperationTable.apply(arguments, to: Handle.pipeline(pipeline)))
    }
}
