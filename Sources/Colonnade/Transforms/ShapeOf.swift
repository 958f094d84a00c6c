// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Adds the shape of a value, or the size of one dimension, under a separate key.
struct ShapeOf: Transform {
    let key: String
    let outputKey: String
    let dimension: Int?

    var keys: [String] { [key] }
    var label: String { "shape(\(key))" }

    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field] {
        let rank = fields[0].shape.count
        if let dimension { _ = try Shapes.counted(dimension, of: rank, key) }
        return [Field(outputKey, .int64, dimension == nil ? [rank] : [])]
    }

    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor] {
        let shape = values[0].shape
        guard let dimension else { return [Tensor(shape.map { Int64($0) })] }
        return [Tensor(scalar: Int64(shape[try Shapes.counted(dimension, of: shape.count, key)]))]
    }
}
