// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeStore

extension Pipelined {
    /// Bytes of `key` with each occurrence of `old` replaced, from left to right, not overlapping. A list of bytes comes out;
    /// text stays text where `old` and `new` are text.
    ///
    /// - Parameter most: replacements at the most; nil: all.
    /// - Throws: `unknownKey`; `invalidArgument` where the value is no bytes, `old` is empty, or `most` is negative.
    public func replacing(
        _ key: String, _ old: [UInt8], with new: [UInt8], most: Int? = nil, as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        guard !old.isEmpty, most ?? 0 >= 0 else {
            throw ColonnadeError(.invalidArgument, "nothing cannot be replaced, nor a negative number of times")
        }
        return try adding(Replace(key: key, outputKey: outputKey ?? key, old: old, new: new, most: most ?? .max))
    }

    /// Each byte of the elements of `key`, whatever their type, replaced by bytes; `map` has those of byte 0 first, and bytes
    /// behind its end become nothing. uint8 comes out; text stays text where each character becomes text.
    ///
    /// Throws `unknownKey`; `invalidArgument` for a map of more than 256.
    public func replacingBytes(
        _ key: String, _ map: [[UInt8]], as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        guard map.count <= 256 else {
            throw ColonnadeError(.invalidArgument, "there are 256 bytes, and the map has \(map.count)")
        }
        return try adding(ReplaceBytes(key: key, outputKey: outputKey ?? key, map: map))
    }

    /// `key` without the elements that equal `value` in one dimension, within the valid length of each row: what is behind
    /// moves forward, and `padding` fills the end. The lengths under `sizeKey` shrink accordingly; the shape stays.
    ///
    /// - Parameters:
    ///   - key: integers or floating-point numbers.
    ///   - sizeKey: int64, one for each row along `dimension`: the shape of `key` without that dimension.
    /// - Throws: `unknownKey`; `invalidArgument` for a dimension that it has not, lengths that do not fit, or padding that its type
    ///   cannot hold.
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

/// Other bytes instead of some.
struct Replace: Transform {
    let key: String
    let outputKey: String
    let old: [UInt8]
    let new: [UInt8]
    let most: Int

    var keys: [String] { [key] }
    var label: String { "replace(\(key))" }

    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field] {
        guard fields[0].dtype.size == 1, !fields[0].isPaddedText else {
            throw ColonnadeError(
                .invalidArgument,
                "\"\(key)\" is \(fields[0].typeDescription): only bytes are replaced, and text before it is batched")
        }
        if fields[0].kind == .tensor { return [Field(outputKey, fields[0].dtype, [nil])] }
        // Text within text begins and ends between characters.
        let isText = fields[0].kind == .string && old.isText && new.isText
        return [Field(outputKey, kind: isText ? .string : .bytes)]
    }

    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor] {
        let bytes = values[0].rawBytes
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var (at, done) = (0, 0)
        while at < bytes.count {
            if done < most, bytes[at] == old[0], bytes[at...].starts(with: old) {
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

/// Each byte as others.
struct ReplaceBytes: Transform {
    let key: String
    let outputKey: String
    let map: [[UInt8]]

    var keys: [String] { [key] }
    var label: String { "replace bytes(\(key))" }

    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field] {
        guard !fields[0].isPaddedText else {
            throw ColonnadeError(
                .invalidArgument, "the bytes of \"\(key)\", which is text, are replaced before it is batched")
        }
        return [Field(outputKey, kind: fields[0].kind == .string && keepsText ? .string : .bytes)]
    }

    /// Whether text stays text: each ASCII character becomes text, and all bytes of other characters stay, or none.
    private var keepsText: Bool {
        let (ascii, others) = (map.prefix(128), map.dropFirst(128))
        guard ascii.allSatisfy(\.isText) else { return false }
        return others.allSatisfy(\.isEmpty)
            || others.count == 128 && others.enumerated().allSatisfy { $0.element == [UInt8($0.offset + 128)] }
    }

    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor] {
        var result: [UInt8] = []
        for byte in values[0].rawBytes where Int(byte) < map.count { result += map[Int(byte)] }
        return [Tensor(result)]
    }
}

extension [UInt8] {
    /// Whether the bytes are valid UTF-8.
    fileprivate var isText: Bool { String(validating: self, as: UTF8.self) != nil }
}

/// Values without some elements.
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
                "\"\(sizeKey)\" has to be int64 with one dimension less than \"\(key)\", which is \(fields[0].typeDescription): it is "
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
        let fill = Filling(padding, as: tensor.dtype).bytes
        for line in lengths.indices {
            // Lines of one outer index lie side by side, element after element.
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

    /// The bytes of elements that equal a number: none where an integer cannot, and two zeros where there are two.
    private static func patterns(of value: Double, _ dtype: DType) -> [[UInt8]] {
        guard dtype.refusal(of: value) == nil else { return [] }
        let bytes = Filling(value, as: dtype).bytes
        if dtype.isFloatingPoint {
            guard value == 0 else { return [bytes] }
            return [bytes, bytes.dropLast() + [0x80]]
        }
        return [bytes]
    }
}
