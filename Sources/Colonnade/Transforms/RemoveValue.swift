// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// Removes the elements of a value that are equal to a number.
struct RemoveValue: Transform {
    let key: String
    let sizeKey: String
    let dimension: Int
    let value: Double
    let padding: Double

    var keys: [String] { [key, sizeKey] }
    var label: String { "remove value(\(key))" }

    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field] {
        guard fields[0].kind == .tensor || fields[0].shape != [nil], fields[1].dtype == .int64,
            fields[1].shape.count == fields[0].shape.count - 1
        else {
            throw ColonnadeError(
                .invalidArgument,
                "\"\(sizeKey)\" must be int64 with one dimension less than \"\(key)\", which is \(fields[0].typeDescription): it is "
                    + "\(fields[1].typeDescription)")
        }
        return fields
    }

    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor] {
        let (tensor, shape) = (values[0], values[0].shape)
        var rest = shape
        rest.remove(at: dimension)
        guard values[1].shape == rest else {
            throw ColonnadeError(
                .invalidArgument,
                "\"\(sizeKey)\" has shape \(values[1].shape), and \"\(key)\" of shape \(shape) needs \(rest)")
        }
        var lengths = try values[1].elements(as: Int64.self)
        if let wrong = lengths.first(where: { $0 < 0 || $0 > shape[dimension] }) {
            throw ColonnadeError(
                .invalidArgument, "\"\(sizeKey)\" is \(wrong) where \"\(key)\" has \(shape[dimension]) elements")
        }
        let size = tensor.dtype.size
        let inner = shape[(dimension + 1)...].reduce(1, *)
        let bytes = tensor.rawBytes
        var result = bytes
        let unwanted = RemoveValue.patterns(of: value, tensor.dtype)
        let fill = Padding(padding, as: tensor.dtype).bytes
        for line in lengths.indices {
            // The lines of one outer index are interleaved, element by element.
            let start = line / inner * shape[dimension] * inner + line % inner
            var kept = 0
            for index in 0..<shape[dimension] {
                let from = (start + index * inner) * size
                let element = bytes[from..<from + size]
                guard index < Int(lengths[line]), !unwanted.contains(where: { element.elementsEqual($0) }) else {
                    continue
                }
                let to = (start + kept * inner) * size
                result.replaceSubrange(to..<to + size, with: element)
                kept += 1
            }
            for index in kept..<max(kept, shape[dimension]) {
                let to = (start + index * inner) * size
                result.replaceSubrange(to..<to + size, with: fill)
            }
            lengths[line] = Int64(kept)
        }
        let whole = try Tensor(result).viewed(as: tensor.dtype).reshaped(to: shape)
        return [whole, Tensor(lengths, shape: values[1].shape)]
    }

    /// Returns the byte patterns of elements that equal a number: none if the data type cannot hold the number, and two
    /// for a floating-point zero, which has two signs.
    private static func patterns(of value: Double, _ dtype: DType) -> [[UInt8]] {
        guard dtype.refusal(of: value) == nil else { return [] }
        let bytes = Padding(value, as: dtype).bytes
        if dtype.isFloatingPoint {
            guard value == 0 else { return [bytes] }
            return [bytes, bytes.dropLast() + [0x80]]
        }
        return [bytes]
    }
}
