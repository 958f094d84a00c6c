// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
package import ColonnadeCore

/// The sum of the elements of many tensors. Two programs that read the same rows, in any order, have the same sum.
///
/// The sum is exact for integers and bools. Floating-point numbers are added as doubles, so that the order of addition changes
/// the last digits.
package struct ElementSum: Sendable, Equatable {
    private var integers: Int128 = 0
    private var doubles = 0.0

    package init() {}

    /// The sum; 0 if there are no elements.
    package var value: Double { Double(integers) + doubles }

    /// The digits of an exact sum; nil if some of the elements were floating-point numbers.
    package var exactValue: String? { isExact ? String(integers) : nil }

    private var isExact = true

    /// Adds all elements of a tensor. O(elements).
    package mutating func add(_ tensor: Tensor) throws(ColonnadeError) {
        switch tensor.dtype {
        case .uint64: try addExactly(UInt64.self, tensor)
        case .int64: try addExactly(Int64.self, tensor)
        case .float16, .bfloat16, .float32, .float64:
            isExact = false
            doubles += unsafe tensor.withUnsafeBytes { unsafe ElementSum.sum($0, tensor.dtype) }
        default:
            // 2²⁰ numbers of 32 bits do not reach 2⁵³, below which doubles are exact.
            let step = tensor.dtype.size << 20
            unsafe tensor.withUnsafeBytes { bytes in
                for start in stride(from: 0, to: bytes.count, by: step) {
                    let piece = unsafe UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + step, bytes.count)])
                    integers += Int128(unsafe ElementSum.sum(piece, tensor.dtype))
                }
            }
        }
    }

    private mutating func addExactly<Scalar: TensorScalar & FixedWidthInteger>(
        _ type: Scalar.Type, _ tensor: Tensor
    ) throws(ColonnadeError) {
        integers += try tensor.withSpan(as: type) { (elements) throws(ColonnadeError) in
            var sum: Int128 = 0
            for index in elements.indices { sum += Int128(elements[index]) }
            return sum
        }
    }

    private static func sum(_ bytes: UnsafeRawBufferPointer, _ dtype: DType) -> Double {
        guard let base = bytes.baseAddress else { return 0 }
        return unsafe colonnade_sum(dtype.rawValue, base, bytes.count / dtype.size)
    }
}
