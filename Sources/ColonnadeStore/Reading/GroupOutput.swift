// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore

/// Where one column of a gathered group goes: the batches in one block of memory.
struct GroupOutput {
    private let dtype: DType
    /// Of the column, in a row of the group.
    private let offset: Int
    private let elements: Int
    private let rowBytes: Int
    private let conversion: Conversion?
    private var storage: TensorStorage?
    /// Where the first batch begins in the storage.
    private var start = 0
    private let batchCount: Int
    /// Bytes from one batch to the next.
    let step: Int
    /// Of a full batch: one array for all of them.
    private let shape: [Int]

    /// Throws `invalidArgument` beyond what a batch may be.
    init(
        _ column: ColumnReader, _ request: ColumnRequest, rows: Int, of size: Int
    ) throws(ColonnadeError) {
        offset = column.offset
        elements = column.field.fixedElementCount
        rowBytes = column.rowBytes
        conversion = request.conversion
        dtype = request.conversion?.target ?? column.field.dtype
        batchCount = rows > size ? (rows + size - 1) / size : 1
        let bytes = try column.byteCount(ofRows: min(size, rows), dtype)
        // One batch alone begins where the memory does; several each where a framework can adopt them.
        let alignment = bytes >= TensorStorage.pageAlignment ? TensorStorage.pageAlignment : 64
        step = batchCount > 1 ? (bytes + alignment - 1) / alignment * alignment : bytes
        shape = [min(size, rows)] + (column.field.fixedShape ?? [])
    }

    /// Columns from this number on share one block of memory.
    private static let few = 4

    /// Takes memory for all of them. A few have a block each, so that each may be held for itself; many share one, in which
    /// they lie apart from each other by no power of two: the same row of all is written at once, and would fall into the same
    /// few lines of the cache.
    static func allocate(_ outputs: inout [GroupOutput], _ pool: TensorPool) {
        guard outputs.count > few else {
            for index in outputs.indices {
                outputs[index].storage = pool.take(byteCount: outputs[index].step * outputs[index].batchCount)
            }
            return
        }
        var end = 0
        for index in outputs.indices {
            outputs[index].start = end
            let bytes = outputs[index].step * outputs[index].batchCount
            end += (bytes + 63) / 64 * 64 + (bytes % 4096 < 1024 ? 1088 : 64)
        }
        let storage = pool.take(byteCount: end)
        for index in outputs.indices { outputs[index].storage = storage }
    }

    private var memory: TensorStorage {
        guard let storage else { preconditionFailure("memory is taken before it is written") }
        return storage
    }

    /// Where the rows of the first batch go.
    @unsafe var member: colonnade_member {
        guard let base = unsafe memory.mutableBytes.baseAddress else { preconditionFailure("storage has an address") }
        return unsafe colonnade_member(
            target: base + start, offset: offset, elements: elements, conversion: conversion?.pointer, size: rowBytes)
    }

    /// What was written of a batch of so many rows.
    func tensor(ofBatch index: Int, rows: Int) -> Tensor {
        let shape = rows == shape[0] ? shape : [rows] + shape.dropFirst()
        return Tensor(dtype: dtype, shape: shape, storage: memory, byteOffset: start + index * step)
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
