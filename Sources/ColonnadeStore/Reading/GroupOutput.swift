// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore

/// What becomes of one column of a plain group: how it is converted, and how its batches lie in one block of memory, one behind
/// the other.
struct GroupOutput: Sendable {
    /// The memory of a column: the start of the first batch, and the bytes from one batch to the next.
    struct Memory {
        let storage: TensorStorage
        let start: Int
        let step: Int
    }

    private let dtype: DType
    /// Of the column, in a row of the group.
    private let offset: Int
    private let elements: Int
    private let rowBytes: Int
    private let conversion: Conversion?
    /// Of a full batch: one array for all of them.
    private let shape: [Int]
    let byteCount: Int
    /// Bytes from one batch to the next.
    let step: Int
    /// Bytes of a row in a batch.
    let targetRowBytes: Int

    /// Throws `invalidArgument` beyond what a batch may be.
    init(_ column: ColumnReader, _ request: ColumnRequest, rows size: Int) throws(ColonnadeError) {
        offset = column.offset
        elements = column.field.fixedElementCount
        rowBytes = column.rowBytes
        conversion = request.conversion
        dtype = request.conversion?.target ?? column.field.dtype
        byteCount = try column.byteCount(ofRows: size, dtype)
        targetRowBytes = elements * dtype.size
        // One batch alone begins where the memory does; several each where a framework can adopt them.
        let alignment = byteCount >= TensorStorage.pageAlignment ? TensorStorage.pageAlignment : 64
        step = (byteCount + alignment - 1) / alignment * alignment
        shape = [size] + (column.field.fixedShape ?? [])
    }

    /// Columns from this number on share one block of memory.
    private static let few = 4

    /// Takes memory for so many batches of columns of one group, and appends it. A few have a block each, so that each may be
    /// held for itself; many share one, in which they lie apart from each other by no power of two: the same row of all is
    /// written at once, and would fall into the same few lines of the cache.
    static func allocate(
        _ outputs: ArraySlice<GroupOutput>, batches: Int, _ pool: TensorPool, into scratch: inout BatchScratch
    ) throws(ColonnadeError) {
        guard outputs.count > few else {
            for output in outputs {
                let storage = try scratch.take(byteCount: output.byteCount(ofBatches: batches), from: pool)
                scratch.append(Memory(storage: storage, start: 0, step: output.step))
            }
            return
        }
        func room(_ output: GroupOutput) -> Int {
            let bytes = output.byteCount(ofBatches: batches)
            return (bytes + 63) / 64 * 64 + (bytes % 4096 < 1024 ? 1088 : 64)
        }
        let storage = try scratch.take(byteCount: outputs.reduce(0) { $0 + room($1) }, from: pool)
        var start = 0
        for output in outputs {
            scratch.append(Memory(storage: storage, start: start, step: output.step))
            start += room(output)
        }
    }

    private func byteCount(ofBatches count: Int) -> Int { count > 1 ? count * step : byteCount }

    /// Where the rows of the first batch go.
    @unsafe func member(_ memory: Memory) -> colonnade_member {
        guard let base = unsafe memory.storage.mutableBytes.baseAddress else {
            preconditionFailure("storage has an address")
        }
        return unsafe colonnade_member(
            target: base + memory.start, offset: offset, elements: elements, conversion: conversion?.pointer,
            size: rowBytes)
    }

    /// What was written of a batch of so many rows.
    func tensor(_ memory: Memory, batch index: Int, rows: Int) -> Tensor {
        let shape = rows == shape[0] ? shape : [rows] + shape.dropFirst()
        return Tensor(
            dtype: dtype, shape: shape, storage: memory.storage, byteOffset: memory.start + index * memory.step)
    }
}

extension ColumnReader {
    /// Bytes of so many rows of a fixed column, as that data type. Throws `invalidArgument` beyond what a batch may be.
    func byteCount(ofRows count: Int, _ dtype: DType) throws(ColonnadeError) -> Int {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: field.fixedElementCount * dtype.size)
        guard !overflow, bytes <= PaddedCopy.limit else {
            throw ColonnadeError(
                .invalidArgument,
                "\(count) rows of column \"\(field.name)\" are too large for a batch: use smaller batches")
        }
        return bytes
    }
}
