// SPDX-License-Identifier: Apache-2.0

/// A Swift type whose values can be elements of tensors: `tensor.elements(as: Float.self)`.
public protocol TensorScalar: BitwiseCopyable, Sendable {
    static var dtype: DType { get }
}

extension UInt8: TensorScalar { public static var dtype: DType { .uint8 } }
extension Int8: TensorScalar { public static var dtype: DType { .int8 } }
extension UInt16: TensorScalar { public static var dtype: DType { .uint16 } }
extension Int16: TensorScalar { public static var dtype: DType { .int16 } }
extension UInt32: TensorScalar { public static var dtype: DType { .uint32 } }
extension Int32: TensorScalar { public static var dtype: DType { .int32 } }
extension UInt64: TensorScalar { public static var dtype: DType { .uint64 } }
extension Int64: TensorScalar { public static var dtype: DType { .int64 } }
extension Float: TensorScalar { public static var dtype: DType { .float32 } }
extension Double: TensorScalar { public static var dtype: DType { .float64 } }
extension Bool: TensorScalar { public static var dtype: DType { .bool } }

#if !(os(macOS) && arch(x86_64))
    extension Float16: TensorScalar { public static var dtype: DType { .float16 } }
#endif
