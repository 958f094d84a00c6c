// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore
import ColonnadeFormat

/// The output of one column: how its rows are read and converted, and the form of its batches.
struct ColumnOutput: Sendable {
    /// The way in which the rows of a column are read.
    enum Kind {
        /// A kernel reads all columns of a plain group at once. The batches of a block follow one another in memory.
        case grouped
        /// A kernel reads a plain column that varies only in its first dimension. Each batch is padded to its longest
        /// row.
        case ragged
        /// A compressed column of fixed shape, or one that varies only in its first dimension, whose decoded rows are padded as
        /// plain ones are.
        case compressed
        /// All other columns are read row by row.
        case byRow

        init(_ column: ColumnReader) {
            if column.group != nil {
                self = column.codec == .plain ? .grouped : .compressed
            } else if column.varying == 1, column.field.shape[0] == nil, column.stepBytes > 0 {
                self = column.codec == .plain ? .ragged : .compressed
            } else {
                self = .byRow
            }
        }
    }

    /// The memory of a column of fixed shape: the start of the first batch, and the bytes from one batch to the next.
    struct Memory {
        let storage: TensorStorage
        let start: Int
        let step: Int
    }

    let kind: Kind
    /// The index of the column in the schema; in joined data sets, the number of the key.
    let column: Int
    let conversion: Conversion?
    let padding: Padding
    /// Whether batches have the form of `UnpaddedTexts`.
    let unpadsTexts: Bool
    /// The shape of most batches, one array for all of them; for a ragged column the dimensions after the varying one.
    let shape: [Int]
    /// Elements of a row, or of a step of the varying dimension.
    let elements: Int
    /// The offset of the column in a stored row of its group, and its bytes there.
    private let offset: Int
    private let storedRowBytes: Int

    init(_ column: ColumnReader, _ request: ColumnRequest, batchesOf size: Int) {
        kind = Kind(column)
        self.column = request.column
        conversion = request.conversion
        padding = Padding(request.padding, as: request.conversion?.target ?? column.field.dtype)
        unpadsTexts = request.unpadsTexts && request.conversion == nil
        shape = column.fixedShape.map { [size] + $0 } ?? column.field.shape.dropFirst().map { $0 ?? 0 }
        elements = column.field.fixedElementCount
        offset = column.offset
        storedRowBytes = column.rowBytes
    }

    var dtype: DType { padding.dtype }

    /// Bytes of a row, or of a step of the varying dimension, in a batch.
    var rowBytes: Int { elements * dtype.size }

    // MARK: Columns of plain groups

    /// Returns the bytes of a batch; nil beyond the limit of a batch.
    func byteCount(ofRows count: Int) -> Int? {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: rowBytes)
        return overflow || bytes > Padding.limit ? nil : bytes
    }

    /// Returns the error about a batch beyond the limit.
    static func refusal(_ column: ColumnReader, rows count: Int) -> ColonnadeError {
        ColonnadeError(
            .invalidArgument,
            "\(count) rows of \"\(column.field.name)\" are too large for a batch: use smaller batches")
    }

    /// Returns the distance from the start of a batch to the start of the next in the same storage: each is aligned as it would be
    /// in a storage of its own, so that a framework can adopt it.
    static func distance(betweenBatchesOf byteCount: Int) -> Int {
        let alignment = byteCount >= TensorStorage.pageAlignment ? TensorStorage.pageAlignment : 64
        return byteCount > .max - alignment ? .max : (byteCount + alignment - 1) / alignment * alignment
    }

    /// Returns the column in the form of the kernel, with the address of the first batch.
    @unsafe func member(_ memory: Memory) -> colonnade_member {
        guard let base = unsafe memory.storage.mutableBytes.baseAddress else {
            preconditionFailure("storage has an address")
        }
        return unsafe colonnade_member(
            target: base + memory.start, step: memory.step, offset: offset, elements: elements,
            conversion: conversion?.pointer, size: storedRowBytes)
    }

    /// Returns a batch of a block.
    func tensor(_ memory: Memory, batch index: Int, rows: Int) -> Tensor {
        let shape = rows == shape[0] ? shape : [rows] + shape.dropFirst()
        return Tensor(
            dtype: dtype, shape: shape, count: rows * elements, storage: memory.storage,
            byteOffset: memory.start + index * memory.step)
    }
}
