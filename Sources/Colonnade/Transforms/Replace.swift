// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

extension Pipelined {
    /// Replaces each occurrence of the bytes `old` in `key` by `new`, from left to right and without overlaps. The result is bytes, or
    /// text if the value, `old` and `new` are text.
    ///
    /// - Parameters:
    ///   - key: bytes or text.
    ///   - old: the bytes to replace.
    ///   - new: the bytes that take their place.
    ///   - maxReplacements: the largest number of replacements. If nil, all occurrences are replaced.
    ///   - outputKey: the key of the result, if the value itself must stay.
    /// - Throws: `unknownKey`; `invalidArgument` if the value is not bytes or text, `old` is empty, or `most` is negative.
    public func replacing(
        _ key: String, _ old: [UInt8], with new: [UInt8], maxReplacements: Int? = nil, as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        guard !old.isEmpty else {
            throw ColonnadeError(.invalidArgument, "the bytes to replace are empty: give at least one")
        }
        if let maxReplacements, maxReplacements < 0 {
            throw ColonnadeError(.invalidArgument, "bytes cannot be replaced \(maxReplacements) times: give at least 0")
        }
        return try adding(
            Replace(key: key, outputKey: outputKey ?? key, old: old, new: new, maxReplacements: maxReplacements ?? .max)
        )
    }

    /// Replaces each byte of the elements of `key`, of any data type, by bytes: `map[0]` replaces byte 0, and so on; bytes beyond
    /// the end of `map` are removed. The result is uint8, or text if each character of a text becomes text.
    ///
    /// Throws `unknownKey`; `invalidArgument` for a map of more than 256 entries.
    public func replacingBytes(
        _ key: String, _ map: [[UInt8]], as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        guard map.count <= 256 else {
            throw ColonnadeError(
                .invalidArgument, "the map of bytes has \(map.count) entries: give at most 256, one for each byte")
        }
        return try adding(ReplaceBytes(key: key, outputKey: outputKey ?? key, map: map))
    }

    /// Removes the elements of `key` that equal `value` in one dimension, within the valid length of each row: later elements
    /// move forward, and `padding` fills the end. The lengths under `sizeKey` shrink accordingly; the shape stays.
    ///
    /// - Parameters:
    ///   - key: integers or floating-point numbers.
    ///   - sizeKey: int64, one for each row along `dimension`: the shape of `key` without that dimension.
    ///   - dimension: the dimension that elements are removed from; negative counts from the end.
    ///   - value: the number to remove.
    ///   - padding: the number that fills the end.
    /// - Throws: `unknownKey`; `invalidArgument` for a dimension that does not exist, lengths that do not fit, or padding that the data
    ///   type cannot hold.
    public func removingValue(
        _ key: String, sizeKey: String, dimension: Int = -1, value: Double, padding: Double = 0
    ) throws(ColonnadeError) -> Self {
        let field = try schema.field(named: key)
        let dimension = try Shapes.counted(dimension, of: field.shape.count, key)
        try field.checkPadding(padding)
        return try adding(
            RemoveValue(key: key, sizeKey: sizeKey, dimension: dimension, value: value, padding: padding))
    }
}

/// Replaces some bytes of a value by others.
struct Replace: Transform {
    let key: String
    let outputKey: String
    let old: [UInt8]
    let new: [UInt8]
    let maxReplacements: Int

    var keys: [String] { [key] }
    var label: String { "replace(\(key))" }

    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field] {
        guard fields[0].dtype.size == 1, !fields[0].isPaddedText else {
            throw ColonnadeError(
                .invalidArgument,
                "\"\(key)\" is \(fields[0].typeDescription): only bytes can be replaced, and text only before it is batched"
            )
        }
        if fields[0].kind == .tensor { return [Field(outputKey, fields[0].dtype, [nil])] }
        // A valid text within a text begins and ends between characters.
        let isText = fields[0].kind == .string && old.isText && new.isText
        return [Field(outputKey, kind: isText ? .string : .bytes)]
    }

    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor] {
        let bytes = values[0].rawBytes
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var (at, done) = (0, 0)
        while at < bytes.count {
            if done < maxReplacements, bytes[at] == old[0], bytes[at...].starts(with: old) {
                result += new
                at += old.count
                done += 1
            } else {
                result.append(bytes[at])
                at += 1
            }
        }
        return [Tensor(result).viewed(as: values[0].dtype)]
    }
}
