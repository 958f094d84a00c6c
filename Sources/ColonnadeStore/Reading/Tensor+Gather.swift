// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
package import ColonnadeCore

extension Tensor {
    /// Returns rows of the first dimension in any order, with an optional conversion. Traps if a row is out of range.
    package func gathered(
        _ rows: [Int], _ conversion: Conversion?, from pool: TensorPool
    ) throws(ColonnadeError) -> Tensor {
        precondition(rows.allSatisfy { $0 >= 0 && $0 < shape[0] }, "a row past the end of \(shape[0])")
        let rowShape = shape.dropFirst()
        let target = conversion?.target ?? dtype
        let elements = rowShape.reduce(1, *)
        let bytes = try Padding.byteCount([rows.count] + rowShape, target, "", of: rows.count * elements * target.size)
        let storage = try pool.take(byteCount: bytes)
        unsafe withUnsafeBytes { source in
            guard let start = source.baseAddress, let target = unsafe storage.mutableBytes.baseAddress, bytes > 0
            else { return }
            let size = elements * dtype.size
            let member = unsafe colonnade_member(
                target: target, step: 0, offset: 0, elements: elements, conversion: conversion?.pointer, size: size)
            unsafe Tensor.gather(rows, of: shape[0], start, stride: size, member)
        }
        return Tensor(dtype: target, shape: [rows.count] + rowShape, storage: storage)
    }

    /// Copies some of `count` rows that lie one after another in memory.
    @unsafe private static func gather(
        _ rows: [Int], of count: Int, _ start: UnsafeRawPointer, stride: Int, _ member: colonnade_member
    ) {
        var (start, member) = unsafe (start, member)
        // One run, and so one bucket, without an allocation.
        var run = colonnade_run(first_row: 0, row_count: Int64(count), first_segment: 0, exponent: 62)
        var buckets: (UInt32, UInt32) = (0, 0)
        unsafe withUnsafePointer(to: &run) { run in
            unsafe withUnsafePointer(to: &start) { start in
                unsafe Swift.withUnsafeBytes(of: &buckets) { buckets in
                    guard let bucket = unsafe buckets.assumingMemoryBound(to: UInt32.self).baseAddress else { return }
                    let runs = unsafe colonnade_runs(
                        runs: run, buckets: bucket, shift: 63, bounds: nil, first_rows: nil)
                    let places = unsafe colonnade_rows(
                        runs: runs, segments: start, stride: stride, strides: nil)
                    unsafe rows.withUnsafeBufferPointer { rows in
                        guard let first = rows.baseAddress else { return }
                        unsafe first.withMemoryRebound(to: Int64.self, capacity: rows.count) { first in
                            unsafe withUnsafeMutablePointer(to: &member) { member in
                                var group = unsafe colonnade_group(where: places, members: member, member_count: 1)
                                unsafe colonnade_gather(
                                    &group, 1, first, rows.count, rows.count, rows.count, false)
                            }
                        }
                    }
                }
            }
        }
    }
}
