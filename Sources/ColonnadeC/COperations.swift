// SPDX-License-Identifier: Apache-2.0

internal import CColonnade

/// The table of operations in memory that C can read. It is made once and never freed.
@safe
final class COperations: @unchecked Sendable {
    static let table = COperations()

    private let rows: UnsafeMutableBufferPointer<colonnade_operation>

    private init() {
        let operations = OperationTable.topics.flatMap { topic in topic.rows.map { (topic.name, $0) } }
        unsafe rows = .allocate(capacity: operations.count)
        for (index, (topic, operation)) in operations.enumerated() {
            let parameters = UnsafeMutableBufferPointer<colonnade_parameter>.allocate(
                capacity: operation.parameters.count)
            for (place, parameter) in operation.parameters.enumerated() {
                unsafe parameters.initializeElement(
                    at: place,
                    to: colonnade_parameter(
                        name: CTexts.copy(parameter.name), kind: parameter.kind,
                        kind_name: CTexts.copy(parameter.kindName), function: parameter.function,
                        fallback: parameter.fallback.map { unsafe UnsafePointer(CTexts.copy($0)) }))
            }
            unsafe rows.initializeElement(
                at: index,
                to: colonnade_operation(
                    name: CTexts.copy(operation.name), topic: CTexts.copy(topic),
                    summary: CTexts.copy(operation.summary), is_of_buffers: operation.onBuffer != nil,
                    is_of_streams: operation.onStream != nil, parameters: UnsafePointer(parameters.baseAddress),
                    parameter_count: parameters.count))
        }
    }

    func row(at index: Int) -> UnsafePointer<colonnade_operation>? {
        guard unsafe rows.indices.contains(index) else { return nil }
        return unsafe UnsafePointer(rows.baseAddress! + index)
    }
}
