// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// The type that a user asks for a column: `float32`, `int32[?]`, `float32[2, 3]`, `string`, `bytes`.
public struct RequestedType: Sendable, Hashable {
    public var kind: Field.Kind
    public var dtype: DType
    /// The shape of one row, nil standing for what varies; nil as a whole if the source shall say.
    public var shape: [Int?]?

    public init(_ dtype: DType, shape: [Int?]? = nil) {
        kind = .tensor
        self.dtype = dtype
        self.shape = shape
    }

    /// Reads a type as it is written on the command line. Throws `invalidArgument`.
    public init(parsing text: String) throws(ColonnadeError) {
        switch text {
        case "string": self = .string
        case "bytes": self = .bytes
        default:
            let parts = text.split(separator: "[", maxSplits: 1, omittingEmptySubsequences: false)
            guard let dtype = DType(name: String(parts[0])) else {
                let names = DType.allCases.map(\.name).joined(separator: ", ")
                throw ColonnadeError(
                    .invalidArgument,
                    "there is no type \"\(text)\"; there are \(names), string, bytes, and shapes: int32[?]")
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
        case .tensor: shape.map { Field("", dtype, $0).typeDescription } ?? dtype.name
        }
    }
}
