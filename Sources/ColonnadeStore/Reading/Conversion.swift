// SPDX-License-Identifier: Apache-2.0

package import CColonnadeKernels
package import ColonnadeCore
import ColonnadeSystem

/// The conversion of elements while rows are copied into a batch: value × scale + offset, with a scale and offset for
/// each channel, and a change of the data type.
///
/// It computes in float32, or in float64 if the target is float64. The product is rounded first, then the sum, then the
/// converted value.
@safe
package final class Conversion: @unchecked Sendable {
    package let source: DType
    package let target: DType
    /// The scale of each channel; empty for a conversion that only casts.
    package let scales: [Double]
    /// The offset of each channel; empty if there are no offsets.
    package let offsets: [Double]
    /// The number of consecutive elements of one channel: 1 if the channels are the last dimension.
    package let inner: Int

    private let narrow: UnsafeMutablePointer<Float>
    private let wide: UnsafeMutablePointer<Double>
    private let kernel: UnsafeMutablePointer<colonnade_conversion>

    package init(
        from source: DType, to target: DType, scales: [Double] = [], offsets: [Double] = [], inner: Int = 1
    ) {
        precondition(offsets.isEmpty || offsets.count == scales.count, "offsets go with scales")
        precondition(scales.isEmpty || target.isFloatingPoint, "only floating-point numbers are scaled")
        self.source = source
        self.target = target
        self.scales = scales
        self.offsets = offsets
        self.inner = inner
        let numbers = scales + offsets
        unsafe narrow = .allocate(capacity: max(numbers.count, 1))
        unsafe wide = .allocate(capacity: max(numbers.count, 1))
        for (index, number) in numbers.enumerated() {
            unsafe narrow[index] = Float(number)
            unsafe wide[index] = number
        }
        unsafe kernel = .allocate(capacity: 1)
        let hasOffsets = !offsets.isEmpty
        unsafe kernel.initialize(
            to: colonnade_conversion(
                source: source.rawValue, target: target.rawValue, channels: scales.count, inner: inner,
                scales: narrow, offsets: hasOffsets ? narrow + scales.count : nil,
                wide_scales: wide, wide_offsets: hasOffsets ? wide + scales.count : nil))
    }

    deinit {
        unsafe kernel.deallocate()
        unsafe wide.deallocate()
        unsafe narrow.deallocate()
    }

    /// The conversion in the form of the kernels, valid during the lifetime of this object.
    package var pointer: UnsafePointer<colonnade_conversion> { unsafe UnsafePointer(kernel) }

    /// Converts the elements of complete rows.
    @unsafe package func convert(_ bytes: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer) {
        guard let from = bytes.baseAddress, let to = target.baseAddress, bytes.count > 0 else { return }
        unsafe colonnade_convert_elements(kernel, to, from, bytes.count / source.size)
    }

    /// Returns all elements of a tensor converted, in memory from `pool`. In a batch the rows follow one another, so
    /// that channels match. Throws `outOfMemory`, and `cancelled` if Ctrl-C was pressed while a large tensor is
    /// converted.
    package func callAsFunction(_ tensor: Tensor, from pool: TensorPool) throws(ColonnadeError) -> Tensor {
        precondition(tensor.dtype == source, "a conversion of \(source.name), not \(tensor.dtype.name)")
        let storage = try pool.take(byteCount: tensor.count * target.size)
        // A piece contains complete cycles of the channels.
        let turn = max(scales.count, 1) * inner
        let piece = max(InterruptMeter.period / max(turn * target.size, 1), 1) * turn
        var meter = InterruptMeter()
        for start in stride(from: 0, to: tensor.count, by: max(piece, 1)) {
            let end = min(start + piece, tensor.count)
            unsafe tensor.withUnsafeBytes { bytes in
                unsafe convert(
                    UnsafeRawBufferPointer(rebasing: bytes[start * source.size..<end * source.size]),
                    to: UnsafeMutableRawBufferPointer(
                        rebasing: storage.mutableBytes[start * target.size..<end * target.size]))
            }
            if end < tensor.count { try meter.advance(by: InterruptMeter.period) }
        }
        return Tensor(dtype: target, shape: tensor.shape, storage: storage)
    }
}
