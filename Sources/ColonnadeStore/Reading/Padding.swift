// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
package import ColonnadeCore

/// The element that fills the rest of a tensor, and copies of a tensor into a larger one.
package struct Padding: Sendable {
    package let dtype: DType
    private let bits: UInt64

    /// Makes the padding with a number as that data type: rounded towards zero and clamped to its range for integers.
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

    /// Fills memory of a whole number of elements.
    @unsafe package func fill(_ memory: UnsafeMutableRawBufferPointer) {
        guard let base = memory.baseAddress, memory.count > 0 else { return }
        unsafe withUnsafeBytes(of: bits) { bits in
            guard let element = bits.baseAddress else { return }
            unsafe colonnade_fill(base, memory.count / dtype.size, element, dtype.size)
        }
    }

    /// Lends the element, or nil for zeros.
    @unsafe func withElement(_ body: (UnsafeRawPointer?) -> Void) {
        if isZero { return body(nil) }
        unsafe withUnsafeBytes(of: bits) { unsafe body($0.baseAddress) }
    }

    /// Copies a tensor to the origin of a larger one, and fills the rest.
    @unsafe package func copy(
        _ source: UnsafeRawBufferPointer, shape: [Int], to target: UnsafeMutableRawBufferPointer,
        shape targetShape: [Int]
    ) {
        let isPrefix = shape.dropFirst() == targetShape.dropFirst()
        unsafe fill(
            UnsafeMutableRawBufferPointer(rebasing: target[(isPrefix ? min(source.count, target.count) : 0)...]))
        unsafe Padding.place(
            source, shape: shape, in: target, shape: targetShape, at: [Int](repeating: 0, count: shape.count),
            elementSize: dtype.size)
    }
}

/// Sizes of padded tensors, and copies between a small and a large tensor.
extension Padding {
    /// The most bytes that one tensor of a batch may have.
    package static let limit = 1 << 36

    /// Returns the bytes of a padded tensor of that shape, rows first.
    ///
    /// Throws `invalidArgument` if they are out of all proportion to the `own` bytes of its rows, as a few hostile
    /// dimensions in a small file can make them. Padding one dimension multiplies the bytes at most by the number of rows.
    package static func byteCount(
        _ shape: [Int], _ dtype: DType, _ column: String, of own: Int, rows: Int? = nil
    ) throws(ColonnadeError) -> Int {
        if let bytes = byteCount(shape, dtype, of: rows ?? shape[0], own) { return bytes }
        throw ColonnadeError(
            .invalidArgument,
            "\"\(column)\" padded to \(shape.dropFirst()) is too large for a batch of \(rows ?? shape[0]): use smaller batches"
        )
    }

    private static func byteCount(_ shape: [Int], _ dtype: DType, of rowCount: Int, _ own: Int) -> Int? {
        // A zero is counted as one, so that the product overflows in no order.
        var counted = dtype.size
        for dim in shape {
            let (product, overflow) = counted.multipliedReportingOverflow(by: max(dim, 1))
            if overflow { return nil }
            counted = product
        }
        let bytes = shape.contains(0) ? 0 : counted
        let limitForRows = own.saturatingProduct(max(rowCount, 1).saturatingProduct(1024))
        return bytes <= min(limit, max(1 << 28, limitForRows)) ? bytes : nil
    }

    /// Copies a tensor into a larger one, and leaves the rest as it is.
    ///
    /// - Parameters:
    ///   - source: the elements in `shape`, row-major.
    ///   - target: the memory of all of `targetShape`, which has the same rank.
    ///   - origin: the index of the first element in the target, from which on the source fits.
    @unsafe package static func place(
        _ source: UnsafeRawBufferPointer, shape: [Int], in target: UnsafeMutableRawBufferPointer,
        shape targetShape: [Int],
        at origin: [Int], elementSize: Int
    ) {
        forEachRun(of: shape, in: targetShape, at: origin, elementSize) { from, to, count in
            let piece = unsafe UnsafeRawBufferPointer(rebasing: source[from..<from + count])
            unsafe UnsafeMutableRawBufferPointer(rebasing: target[to..<to + count]).copyMemory(from: piece)
        }
    }

    /// Copies the part of a tensor that begins at `origin` and has the shape of the target.
    @unsafe package static func extract(
        _ source: UnsafeRawBufferPointer, shape: [Int], at origin: [Int], to target: UnsafeMutableRawBufferPointer,
        shape targetShape: [Int], elementSize: Int
    ) {
        forEachRun(of: targetShape, in: shape, at: origin, elementSize) { to, from, count in
            let piece = unsafe UnsafeRawBufferPointer(rebasing: source[from..<from + count])
            unsafe UnsafeMutableRawBufferPointer(rebasing: target[to..<to + count]).copyMemory(from: piece)
        }
    }

    /// Calls `body` with each run of bytes of a small tensor that are adjacent in a large one as well: the offset in the small
    /// tensor, the offset in the large one, and the number of bytes.
    private static func forEachRun(
        of small: [Int], in large: [Int], at origin: [Int], _ elementSize: Int, _ body: (Int, Int, Int) -> Void
    ) {
        guard !small.contains(0) else { return }
        // The innermost dimensions from this index on are equal.
        var firstEqual = small.count
        var stepBytes = elementSize
        while firstEqual > 0, small[firstEqual - 1] == large[firstEqual - 1] {
            firstEqual -= 1
            stepBytes *= small[firstEqual]
        }
        // A run is a step of the innermost dimension that differs, all of it.
        let inner = max(firstEqual - 1, 0)
        let run = firstEqual > 0 ? stepBytes * small[inner] : stepBytes
        let runs = small[..<inner].reduce(1, *)
        var index = [Int](repeating: 0, count: inner)
        for number in 0..<runs {
            var element = 0
            for dimension in 0..<firstEqual {
                element = element * large[dimension] + origin[dimension] + (dimension < inner ? index[dimension] : 0)
            }
            body(number * run, element * stepBytes, run)
            var dimension = inner - 1
            while dimension >= 0 {
                index[dimension] += 1
                if index[dimension] < small[dimension] { break }
                index[dimension] = 0
                dimension -= 1
            }
        }
    }
}
