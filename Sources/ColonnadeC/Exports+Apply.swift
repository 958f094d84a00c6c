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
        var arguments = try unsafe Arguments(String(cString: operation), arguments, argumentCount)
        let given = unsafe Handle.pipeline(pipeline)
        let result = try OperationTable.apply(&arguments, to: given.contents)
        return unsafe Handle.make(PipelineHandle(result, madeOf: given))
    }
}
