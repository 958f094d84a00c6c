// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels

/// Gathers rows that lie one after another in memory.
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
