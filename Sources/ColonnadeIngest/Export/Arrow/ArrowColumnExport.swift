// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The conversion of one column of samples into arrays of Arrow.
struct ArrowColumnExport: Sendable {
    let field: Field
    let plan: ArrowNodePlan

    init(_ field: Field) throws(ColonnadeError) {
        self.field = field
        plan = try ArrowNodePlan(field)
    }

    /// Whether the shapes of the values may differ.
    var isRagged: Bool { field.isRagged }

    /// Returns the array of stacked values of one shape. The memory of numbers is shared.
    func array(_ stacked: Tensor) throws(ColonnadeError) -> ArrowValues {
        let count = stacked.shape[0]
        if case .bytes(let isText) = plan.kind {
            let length = stacked.shape[1]
            return try bytes(stacked, (1..<count + 1).map { $0 * length }, isText)
        }
        return try nested(plan, count, stacked)
    }

    private func nested(_ plan: ArrowNodePlan, _ count: Int, _ values: Tensor) throws(ColonnadeError) -> ArrowValues {
        guard case .fixedList(let size) = plan.kind else {
            return try named { () throws(ColonnadeError) in try ArrowValues(elements: values, plan) }
        }
        return ArrowValues(fixedLists: count, of: try nested(plan.children[0], count * size, values))
    }

    /// Returns the array of values that lie one after the other, whose shapes may differ.
    func array(_ chunk: ColumnChunk, rows: Int) throws(ColonnadeError) -> ArrowValues {
        let storage = Tensor(chunk.values).storage
        if let shape = field.fixedShape {
            return try array(Tensor(dtype: field.dtype, shape: [rows] + shape, storage: storage))
        }
        let values = Tensor(dtype: field.dtype, shape: [chunk.byteCount / field.dtype.size], storage: storage)
        if case .bytes(let isText) = plan.kind { return try bytes(values, chunk.ends, isText) }
        let shapes = ArrowRowShapes(field, chunk, rows: rows)
        var node = plan
        var levels: [ArrowRowShapes.Level] = []
        for dimension in field.shape.indices {
            levels.append(try shapes.level(dimension))
            node = node.children[0]
        }
        var array = try named { () throws(ColonnadeError) in try ArrowValues(elements: values, node) }
        for level in levels.reversed() {
            switch level {
            case .fixed(let count): array = ArrowValues(fixedLists: count, of: array)
            case .varying(let ends): array = ArrowValues(lists: ends, of: array)
            }
        }
        return array
    }

    /// Returns the array of texts or bytes. Throws `corruptFile` for text that is not UTF-8, since consumers trust it.
    private func bytes(_ values: Tensor, _ ends: [Int], _ isText: Bool) throws(ColonnadeError) -> ArrowValues {
        guard isText else { return ArrowValues(bytes: values, ends: ends) }
        let bytes = try values.elements(as: UInt8.self)
        let areBoundaries = ends.allSatisfy { $0 >= bytes.count || bytes[$0] & 0xC0 != 0x80 }
        guard areBoundaries, String(validating: bytes, as: UTF8.self) != nil else {
            throw ColonnadeError(
                .corruptFile, "a text of \"\(field.name)\" is not UTF-8: \"colonnade verify\" lists damage of a file")
        }
        return ArrowValues(bytes: values, ends: ends)
    }

    private func named(_ body: () throws(ColonnadeError) -> ArrowValues) throws(ColonnadeError) -> ArrowValues {
        do throws(ColonnadeError) {
            return try body()
        } catch {
            throw ColonnadeError(error.code, "\"\(field.name)\": \(error.message)", at: error.place)
        }
    }
}
