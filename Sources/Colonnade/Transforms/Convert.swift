// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore

/// Casts to a data type, then multiplies.
struct Convert: Transform {
    let key: String
    /// Nil keeps the data type.
    let dtype: DType?
    let factor: Double

    var isElementwise: Bool { true }

    static func cast(_ key: String, to dtype: DType) -> Convert { Convert(key: key, dtype: dtype, factor: 1) }

    static func scale(_ key: String, by factor: Double) -> Convert { Convert(key: key, dtype: nil, factor: factor) }

    func output(of field: Field) throws(ColonnadeError) -> Field {
        guard field.kind == .tensor else {
            throw ColonnadeError(
                .invalidArgument,
                "column \"\(key)\" is \(field.typeDescription), and only numbers can be cast or scaled")
        }
        var result = field
        if let dtype {
            result.dtype = dtype
            if dtype.isFloatingPoint || dtype == .bool { result.meaning = nil }
        }
        guard dtype != nil || result.dtype.isFloatingPoint else {
            throw ColonnadeError(
                .invalidArgument,
                "column \"\(key)\" is \(result.dtype.name), and only floating-point numbers can be scaled: cast it to float32 first"
            )
        }
        guard factor.isFinite else {
            throw ColonnadeError(.invalidArgument, "column \"\(key)\" cannot be scaled by \(factor)")
        }
        return result
    }

    func fused(with next: any Transform) -> (any Transform)? {
        // A product after a cast. Two products, or a cast after one, would round otherwise than the steps one by one.
        guard let next = next as? Convert, next.dtype == nil, factor == 1, dtype != nil else { return nil }
        return Convert(key: key, dtype: dtype, factor: next.factor)
    }

    func apply(_ tensor: Tensor, _ pool: TensorPool) throws(ColonnadeError) -> Tensor {
        let target = dtype ?? tensor.dtype
        if target == tensor.dtype, factor == 1 { return tensor }
        let storage = pool.take(byteCount: tensor.count * target.size)
        unsafe tensor.withUnsafeBytes { source in
            guard let from = source.baseAddress, let to = unsafe storage.mutableBytes.baseAddress else { return }
            unsafe colonnade_convert(target.rawValue, to, tensor.dtype.rawValue, from, tensor.count, factor)
        }
        return Tensor(dtype: target, shape: tensor.shape, storage: storage)
    }
}
