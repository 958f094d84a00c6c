// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// The type that a user asks for a column: `float32`, `int32[?]`, `float32[2, 3]`, `timestamp[us, UTC]`, `string`, `bytes`.
public struct RequestedType: Sendable, Hashable {
    public var kind: Field.Kind
    public var dtype: DType
    /// The shape of one row, with nil for dimensions that vary; nil if the source determines the shape.
    public var shape: [Int?]?
    /// The unit and zone of integers that are times.
    public private(set) var time: TimeType?

    public init(_ dtype: DType, shape: [Int?]? = nil) {
        kind = .tensor
        self.dtype = dtype
        self.shape = shape
    }

    /// Asks for times, which are integers.
    public init(_ time: TimeType, shape: [Int?]? = nil) {
        self.init(time.dtype, shape: shape)
        self.time = time
    }

    /// Reads a type as it is written on the command line. Throws `invalidArgument`.
    public init(parsing text: String) throws(ColonnadeError) {
        switch text {
        case "string": self = .string
        case "bytes": self = .bytes
        case let text where TimeType.Kind.allCases.contains { text.startsWithBytes(of: $0.rawValue) }:
            let (time, rest) = try Self.time(text)
            self.init(time, shape: rest.isEmpty ? nil : try Self.shape(rest.dropFirst(), of: text))
        default:
            let parts = text.split(separator: "[", maxSplits: 1, omittingEmptySubsequences: false)
            guard let dtype = DType(name: String(parts[0])) else {
                let names = DType.allCases.map(\.name).joined(separator: ", ")
                throw ColonnadeError(
                    .invalidArgument,
                    "there is no type \"\(text)\"; there are \(names), string, bytes, times such as date[d] and "
                        + "timestamp[us, UTC], and shapes: int32[?]")
            }
            self.init(dtype, shape: parts.count == 1 ? nil : try Self.shape(parts[1], of: text))
        }
    }

    /// UTF-8 text.
    public static var string: RequestedType { RequestedType(kind: .string) }
    /// Bytes, which text sources hold as base64.
    public static var bytes: RequestedType { RequestedType(kind: .bytes) }

    private init(kind: Field.Kind) {
        self.kind = kind
        dtype = .uint8
    }

    /// Returns the type of times that a text begins with, and the rest, which is empty or begins with a bracket. `date`
    /// is `date[d]`.
    private static func time(_ text: String) throws(ColonnadeError) -> (type: TimeType, rest: Substring) {
        if text == TimeType.Kind.date.rawValue, let days = TimeType(.date, .days) { return (days, "") }
        let end = text.firstIndex(of: "]").map(text.index(after:)) ?? text.endIndex
        var name = String(text[..<end])
        if let (start, zone) = name.cut(at: ",") {
            name = "\(start), \(zone.drop { $0 == " " })"
        }
        guard let type = TimeType(parsing: name), text[end...].isEmpty || text[end...].first == "[" else {
            throw ColonnadeError(
                .invalidArgument,
                "there is no type \"\(text)\"; times are date[d], date[ms], and time[us], timestamp[us], timestamp[us, UTC], "
                    + "duration[us] with the units s, ms, us and ns")
        }
        return (type, text[end...])
    }

    private static func shape(_ inner: Substring, of text: String) throws(ColonnadeError) -> [Int?] {
        var shape: [Int?] = []
        let isClosed = inner.last == "]"
        for part in inner.dropLast().split(separator: ",", omittingEmptySubsequences: inner.count < 2) {
            let dim = part.drop { $0 == " " }
            let size = Int(dim)
            guard isClosed, dim == "?" || size ?? 0 > 0, shape.count < 32 else {
                throw ColonnadeError(
                    .invalidArgument, "\"\(text)\" is no type; write the shape as int32[3], int32[?] or int32[?, 3]")
            }
            shape.append(size)
        }
        guard isClosed, shape.reduce(Optional(1), { checkedProduct($0, $1 ?? 1) }) != nil else {
            throw ColonnadeError(
                .invalidArgument, "\"\(text)\" is no type; its shape must end with ] and fit in memory")
        }
        return shape
    }

    private static func checkedProduct(_ product: Int?, _ factor: Int) -> Int? {
        guard let product else { return nil }
        let (result, overflow) = product.multipliedReportingOverflow(by: factor)
        return overflow || result > 1 << 36 ? nil : result
    }
}

extension RequestedType: CustomStringConvertible {
    public var description: String {
        switch kind {
        case .string: "string"
        case .bytes: "bytes"
        case .tensor where time != nil:
            (time?.description ?? "") + (shape.map { $0.isEmpty ? "" : Field("", dtype, $0).shapeDescription } ?? "")
        case .tensor: shape.map { Field("", dtype, $0).typeDescription } ?? dtype.name
        }
    }
}

extension RequestedType {
    /// Asks for the type of a field.
    init(_ field: Field) {
        switch field.kind {
        case .bytes: self = .bytes
        case .string: self = .string
        case .tensor:
            self.init(field.dtype, shape: field.shape)
            time = field.time
        }
    }

    /// Returns the column of that name and shape.
    func field(_ name: String, _ shape: [Int?]) -> Field {
        kind == .tensor ? Field(name, dtype, shape, meaning: time.map(Field.Meaning.time)) : Field(name, kind: kind)
    }
}
