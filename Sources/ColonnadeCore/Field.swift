// SPDX-License-Identifier: Apache-2.0

/// One column of a data set, or one key of a sample: its name, data type and shape.
///
///     Field("image", .uint8, [28, 28])          // every row has this shape
///     Field("tokens", .int32, [nil])            // ragged: the length varies by row
///     Field("name", kind: .string)              // UTF-8
public struct Field: Sendable, Hashable {
    /// The kind of a column: numbers, bytes or text.
    public enum Kind: UInt8, Sendable, Hashable {
        /// Numbers of type `dtype` with shape `shape`.
        case tensor = 0
        /// Arbitrary bytes, stored as uint8 with shape [nil].
        case bytes = 1
        /// UTF-8 text, stored as uint8 with shape [nil].
        case string = 2
    }

    /// The meaning of a column's values beyond their data type.
    public enum Meaning: Sendable, Hashable {
        /// Class numbers: integers that are indices into a list of class names.
        case classLabels([String])
        /// Encoded files: each value is a complete file of one media type, such as `image/png`.
        case media(String)
        /// Times: int32 or int64 numbers that count a unit of time (a date, a time of day, a point in time or a
        /// duration).
        case time(TimeType)
    }

    public var name: String
    public var kind: Kind
    public var dtype: DType
    /// The shape of one row. A dimension that varies by row is nil.
    public var shape: [Int?]
    public var meaning: Meaning?
    /// The dimension of the channels of decoded pictures and sound; nil for other values. Types are equal whatever it is.
    package var channelPlace: ChannelPlace?

    public init(_ name: String, _ dtype: DType, _ shape: [Int?] = [], meaning: Meaning? = nil) {
        self.name = name
        self.kind = .tensor
        self.dtype = dtype
        self.shape = shape
        self.meaning = meaning
    }

    /// Makes a field for a column of bytes or of strings.
    public init(_ name: String, kind: Kind, meaning: Meaning? = nil) {
        precondition(kind != .tensor, "a tensor field needs a data type: use init(_:_:_:)")
        self.name = name
        self.kind = kind
        self.dtype = .uint8
        self.shape = [nil]
        self.meaning = meaning
    }

    /// The shape if no dimension varies; nil for a ragged field.
    public var fixedShape: [Int]? {
        var dims: [Int] = []
        for dim in shape {
            guard let dim else { return nil }
            dims.append(dim)
        }
        return dims
    }

    public var isRagged: Bool { shape.contains(nil) }

    /// The valid integers of a column with class names: the indices of the names and, if the data type is signed, -1,
    /// which means no class. It is nil for a column without class names.
    public var labelRange: Range<Int>? {
        guard case .classLabels(let names)? = meaning else { return nil }
        return (dtype.isSignedInteger ? -1 : 0)..<names.count
    }

    /// Returns the error message for an integer outside `labelRange`.
    package func noLabelMessage(for value: String) -> String {
        let count = labelRange?.upperBound ?? 0
        let unknown = dtype.isSignedInteger ? "; -1 is no class" : ""
        return
            "\(value) is out of range for \(count) labels (0..<\(count)\(unknown)): add the missing labels, or leave the labels out"
    }

    /// The default number that pads shorter values in a batch. It is 0, or 255 for strings: UTF-8 never contains the
    /// byte 255, so `Tensor.strings()` finds the end of each string.
    public var padding: Double { kind == .string ? 255 : 0 }

    /// Returns the field with another shape and name. A text field stays text even if the new shape is not a list of
    /// bytes, as in a batch.
    public func reshaped(_ name: String? = nil, to shape: [Int?]) -> Field {
        var copy = self
        copy.name = name ?? self.name
        copy.shape = shape
        if case .media = meaning { copy.meaning = nil }
        return copy
    }

    /// Returns the meaning of the field after a cast. Class names need an integer type, and times need int32 or int64;
    /// otherwise the result is nil.
    public func meaning(as dtype: DType) -> Meaning? {
        switch meaning {
        case .classLabels where dtype.isFloatingPoint || dtype == .bool: nil
        case .time where !TimeType.canBe(dtype): nil
        default: meaning
        }
    }

    /// The unit and time zone of a field of times; nil for all other fields.
    public var timeType: TimeType? {
        if case .time(let type) = meaning { type } else { nil }
    }

    /// The number of dimensions that vary by row.
    public var varyingCount: Int { shape.count { $0 == nil } }

    /// The product of the fixed dimensions: the number of elements of a row of a fixed field, or of one step of the
    /// only varying dimension. It is `Int.max` if an `Int` cannot represent it.
    public var fixedElementCount: Int { shape.reduce(1) { $0.saturatingProduct($1 ?? 1) } }

    /// The number of bytes of one row; nil for a ragged field. It is `Int.max` if an `Int` cannot represent it.
    public var fixedByteCount: Int? { isRagged ? nil : fixedElementCount.saturatingProduct(dtype.size) }
}

/// Compares names, class names and media types by their bytes.
extension Field {
    public static func == (left: Field, right: Field) -> Bool {
        left.kind == right.kind && left.dtype == right.dtype && left.shape == right.shape
            && left.name.hasBytes(of: right.name) && left.meaning == right.meaning
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(ExactName(name))
        hasher.combine(kind)
        hasher.combine(dtype)
        hasher.combine(shape)
        hasher.combine(meaning)
    }
}

extension Field.Meaning {
    public static func == (left: Field.Meaning, right: Field.Meaning) -> Bool {
        switch (left, right) {
        case (.classLabels(let left), .classLabels(let right)): left.elementsEqual(right) { $0.hasBytes(of: $1) }
        case (.media(let left), .media(let right)): left.hasBytes(of: right)
        case (.time(let left), .time(let right)): left == right
        case (.classLabels, _), (.media, _), (.time, _): false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .classLabels(let names): hasher.combine(names.exactNames)
        case .media(let type): hasher.combine(ExactName(type))
        case .time(let type): hasher.combine(type)
        }
    }
}

extension Field: CustomStringConvertible {
    /// The field as text: `image uint8[28, 28]`, `tokens int32[?]`, `name string`.
    public var description: String { "\(name) \(typeDescription)" }

    /// The type of the field as text, without the name.
    public var typeDescription: String {
        switch kind {
        case .bytes where shape == [nil]: "bytes"
        case .string where shape == [nil]: "string"
        default: dtype.name + shapeDescription
        }
    }

    /// The shape of the field as text: `[28, ?]`.
    package var shapeDescription: String { "[\(shape.map { $0.map(String.init) ?? "?" }.joined(separator: ", "))]" }
}

extension String {
    /// Whether the text can be the media type of a column.
    package var isMediaType: Bool { !isEmpty && utf8.allSatisfy { 0x20..<0x7F ~= $0 } }
}
