// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
package import ColonnadeCore

/// The bytes of one element, with which memory is filled.
package struct Filling: Sendable {
    package let dtype: DType
    private let bits: UInt64

    /// The number as that data type: towards zero and into its range for integers.
    package init(_ value: Double, as dtype: DType) {
        var bits: UInt64 = 0
        if value != 0 {
            let conversion = Conversion(from: .float64, to: dtype)
            unsafe withUnsafeBytes(of: value) { value in
                unsafe withUnsafeMutableBytes(of: &bits) { unsafe conversion.convert(value, to: $0) }
            }
        }
        self.bits = bits
        self.dtype = dtype
    }

    package var isZero: Bool { bits == 0 }

    /// The bytes of the element.
    package var bytes: [UInt8] { (0..<dtype.size).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) } }

    /// Fills whole elements.
    @unsafe package func fill(_ memory: UnsafeMutableRawBufferPointer) {
        guard let base = memory.baseAddress, memory.count > 0 else { return }
        unsafe withUnsafeBytes(of: bits) { bits in
            guard let element = bits.baseAddress else { return }
            unsafe colonnade_fill(base, memory.count / dtype.size, element, dtype.size)
        }
    }

    /// Lends the element, nil for zeros.
    @unsafe func withElement(_ body: (UnsafeRawPointer?) -> Void) {
        if isZero { return body(nil) }
        unsafe withUnsafeBytes(of: bits) { unsafe body($0.baseAddress) }
    }
}
