// SPDX-License-Identifier: Apache-2.0

/// The data type of a tensor's elements. Raw values are the numbers of the file format (`formats/colonnade-1.md`).
public enum DType: UInt8, CaseIterable, Sendable, Hashable, Codable {
    case uint8 = 1
    case int8 = 2
    case uint16 = 3
    case int16 = 4
    case uint32 = 5
    case int32 = 6
    case uint64 = 7
    case int64 = 8
    case float16 = 9
    case bfloat16 = 10
    case float32 = 11
    case float64 = 12
    case bool = 13

    /// The size of one element in bytes, which is also its alignment.
    @inlinable public var size: Int {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16, .float16, .bfloat16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        }
    }

    /// The name of the data type in NumPy, on the command line and in JSON.
    public var name: String { String(describing: self) }

    /// Makes the data type with a name, or nil if there is none.
    public init?(name: String) {
        guard let match = DType.allCases.first(where: { $0.name == name }) else { return nil }
        self = match
    }

    @inlinable public var isFloatingPoint: Bool {
        switch self {
        case .float16, .bfloat16, .float32, .float64: true
        default: false
        }
    }

    @inlinable public var isSignedInteger: Bool {
        switch self {
        case .int8, .int16, .int32, .int64: true
        default: false
        }
    }
}
