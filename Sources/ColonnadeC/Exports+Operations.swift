// SPDX-License-Identifier: Apache-2.0
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CColonnade

@c @implementation
public func colonnade_operation_at(_ index: Int) -> UnsafePointer<colonnade_operation>? {
    unsafe COperations.table.row(at: index)
}

@c @implementation
public func colonnade_find_operation(
    _ pipeline: OpaquePointer, _ name: UnsafePointer<CChar>
) -> UnsafePointer<colonnade_operation>? {
    let contents = unsafe Handle.pipeline(pipeline).contents
    guard let index = unsafe OperationTable.index(of: String(cString: name), for: contents) else { return nil }
    return unsafe COperations.table.row(at: index)
}

@c @implementation
public func colonnade_operations_document() -> UnsafeMutablePointer<CChar> {
    unsafe CTexts.copy(OperationTable.document)
}
