// SPDX-License-Identifier: Apache-2.0

/// One column of a data set, or one key of a sample: its name, data type and shape.
///
///     Field("image", .uint8, [28, 28])          // every row the same shape
///     Field("tokens", .int32, [nil])            // ragged: nil varies by row
///     Field("name", kind: .string)              // UTF-8
public struct Field: Sendable, Hashable {
    /// Whether the elements are numbers, bytes or text.
    public enum Kind: UInt8, Sendable, Hashable {
        /// Numbers of `dtype` in `shape`.
        case tensor = 0
        /// Any bytes: uint8 of shape [nil].
        case bytes = 1
        /// UTF-8 text: uint8 of shape [nil].
        case string = 2
    }

    /// The meaning of values that are more than numbers.
    public enum Meaning: Sendable, Hashable {
        /// Integers that index these names.
        case classLabels([String])
        /// Each value is a whole encoded file of this media type, such as `image/png`.
        case media(String)
        /// int32 or int64 that count a unit of time: a date, a time of day, a point in time or a duration.
        case time(TimeType)
    }

    public var name: String
    public var kind: Kind
    public var dtype: DType
    /// The shape of one row; nil stands for a dimension that varies by row.
    public var shape: [Int?]
    public var meaning: Meaning?

    public init(_ name: String, _ dtype: DType, _ shape: [Int?] = [], meaning: Meaning? = nil) {
        self.name = name
        self.kind = .tensor
        self.dtype = dtype
        self.shape = shape
        self.meaning = meaning
    }

    /// A column of bytes or of strings.
    public init(_ name: String, kind: Kind, meaning: Meaning? = nil) {
        precondition(kind != .tensor, "a tensor field needs a data type: use init(_:_:_:)")
        self.name = name
        self.kind = kind
        self.dtype = .uint8
        self.shape = [nil]
        self.meaning = meaning
    }

    /// The shape, where no dimension varies; nil for a ragged field.
    public var fixedShape: [Int]? {
        var dims: [Int] = []
        for dim in shape {
            guard let dim else { return nil }
            dims.append(dim)
        }
        return dims
    }

    public var isRagged: Bool { shape.contains(nil) }

    /// The integers that a column with class labels may hold: the indices of its names and, where the data type is signed, -1, which
    /// stands for no class. Nil without class labels.
    public var labelRange: Range<Int>? {
        guard case .classLabels(let names)? = meaning else { return nil }
        return (dtype.isSignedInteger ? -1 : 0)..<names.count
    }

    /// The sentence of an error about an integer outside `labelRange`.
    package func noLabelMessage(for value: String) -> String {
        let count = labelRange?.upperBound ?? 0
        let unknown = dtype.isSignedInteger ? ", and -1 for no class" : ""
        return
            "there is no label for \(value): there are \(count), for 0 to \(count - 1)\(unknown). Add the missing ones, or leave "
            + "the labels out"
    }

    /// The number that fills up shorter values in a batch where no other is given: 0, and for strings 255, a byte that UTF-8 never
    /// has, so that `Tensor.strings()` finds where each ends.
    public var padding: Double { kind == .string ? 255 : 0 }

    /// Returns the field with another shape and name. Text keeps its kind also where it is no list of bytes any more, as
    /// in a batch.
    public func reshaped(_ name: String? = nil, to shape: [Int?]) -> Field {
        var copy = self
        copy.name = name ?? self.name
        copy.shape = shape
        if case .media = meaning { copy.meaning = nil }
        return copy
    }

    /// The meaning that is left when the elements are cast: names of classes belong to integers, and times to int32 and int64.
    public func meaning(as dtype: DType) -> Meaning? {
        switch meaning {
        case .classLabels where dtype.isFloatingPoint || dtype == .bool: nil
        case .time where !TimeType.canBe(dtype): nil
        default: meaning
        }
    }

    /// The unit and zone of a field of times; nil for all others.
    public var timeType: TimeType? {
        if case .time(let type) = meaning { type } else { nil }
    }

    /// Dimensions that vary by row.
    public var varyingCount: Int { shape.count { $0 == nil } }

    /// Elements in the fixed dimensions: the whole row of a fixed field, or one step of the only varying dimension. `Int.max`
    /// where an `Int` does not count them.
    public var fixedElementCount: Int { shape.reduce(1) { $0.saturatingProduct($1 ?? 1) } }

    /// Bytes of one row; nil for a ragged field. `Int.max` where an `Int` does not count them.
    public var fixedByteCount: Int? { isRagged ? nil : fixedElementCount.saturatingProduct(dtype.size) }
}

/// Names, labels and media types are compared by their bytes.
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
    /// `image uint8[28, 28]`, `tokens int32[?]`, `name string`.
    public var description: String { "\(name) \(typeDescription)" }

    /// The field's type as text, without the name.
    public var typeDescription: String {
        switch kind {
        case .bytes where shape == [nil]: "bytes"
        case .string where shape == [nil]: "string"
        default: dtype.name + shapeDescription
        }
    }

    /// The shape alone: `[28, ?]`.
    package var shapeDescription: String { "[\(shape.map { $0.map(String.init) ?? "?" }.joined(separator: ", "))]" }
}
