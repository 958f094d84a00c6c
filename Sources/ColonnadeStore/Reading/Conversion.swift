// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
package import ColonnadeCore
import ColonnadeSystem

/// How elements become others on the way from a row to a batch: value × scale + offset, each channel with its own, and
/// another data type.
///
/// Computed in float32, or in float64 for that target; the product is rounded, then the sum, then the data type.
@safe
package final class Conversion: @unchecked Sendable {
    package let source: DType
    package let target: DType
    /// One for each channel; empty for a cast alone.
    package let scales: [Double]
    /// As many, or none where nothing is added.
    package let offsets: [Double]
    /// Elements of one channel that lie together: 1 where channels are the last dimension.
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

    /// For the kernels. Valid as long as this object is.
    var pointer: UnsafePointer<colonnade_conversion> { unsafe UnsafePointer(kernel) }

    /// Converts elements, those of whole rows.
    @unsafe package func convert(_ bytes: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer) {
        guard let from = bytes.baseAddress, let to = target.baseAddress, bytes.count > 0 else { return }
        unsafe colonnade_convert_elements(kernel, to, from, bytes.count / source.size)
    }

    /// All elements converted, in memory from `pool`. Of a batch, whole rows lie behind each other, so that channels fit.
    /// Throws `outOfMemory`, and `cancelled` if Ctrl-C was pressed while a large tensor is converted.
    package func callAsFunction(_ tensor: Tensor, from pool: TensorPool) throws(ColonnadeError) -> Tensor {
        precondition(tensor.dtype == source, "a conversion of \(source.name), not \(tensor.dtype.name)")
        let storage = try pool.take(byteCount: tensor.count * target.size)
        // In pieces of whole turns of the channels.
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

/// A column that is wanted, and what is done to it on the way.
package struct ColumnRequest: Sendable {
    /// Position in the schema.
    package var column: Int
    package var conversion: Conversion?
    /// What ragged rows are filled up with, behind the conversion.
    package var padding: Double

    package init(column: Int, conversion: Conversion? = nil, padding: Double = 0) {
        self.column = column
        self.conversion = conversion
        self.padding = padding
    }
}

/// One element as bytes, to fill memory with.
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

/// Rows that lie behind each other in memory.
package enum PlainRows {
    /// Gathers rows, each of so many elements in `stride` bytes, converted on the way.
    @unsafe package static func gather(
        _ base: UnsafeRawPointer, count: Int, stride: Int, _ rows: [Int], _ elements: Int, _ conversion: Conversion?,
        _ target: UnsafeMutableRawPointer
    ) {
        var start = unsafe base
        var member = unsafe colonnade_member(
            target: target, offset: 0, elements: elements, conversion: conversion?.pointer, size: stride)
        // One run, and so one bucket, which nothing is allocated for.
        var run = colonnade_run(first_row: 0, row_count: Int64(count), exponent: 62, first_segment: 0)
        var buckets: (UInt32, UInt32) = (0, 0)
        unsafe withUnsafePointer(to: &run) { run in
            unsafe withUnsafePointer(to: &start) { start in
                unsafe withUnsafeBytes(of: &buckets) { buckets in
                    guard let bucket = unsafe buckets.assumingMemoryBound(to: UInt32.self).baseAddress else { return }
                    let runs = unsafe colonnade_runs(runs: run, buckets: bucket, shift: 63)
                    var places = unsafe colonnade_rows(runs: runs, segments: start, stride: stride)
                    unsafe rows.withUnsafeBufferPointer { rows in
                        guard let first = rows.baseAddress else { return }
                        unsafe first.withMemoryRebound(to: Int64.self, capacity: rows.count) { first in
                            unsafe colonnade_gather(&places, first, rows.count, rows.count, &member, 1)
                        }
                    }
                }
            }
        }
    }
}
