// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeStore
import ColonnadeSystem

/// Columns: the values of one key over all samples.
extension Buffer {
    /// Returns the values of a key over all samples, or over all batches after `batched`, in the order of epoch 0, as one
    /// tensor with a new first dimension.
    ///
    ///     let labels = try Buffer(at: "fashion.colonnade").column("label")     // uint8[60000]
    ///
    /// If the samples are consecutive rows of one file, whose column is plain and stored by itself in one segment, the
    /// tensor is a view of the file: O(1), without a copy. Its values are not checked before they are returned, unless the
    /// file was opened with `onFirstTouch` or `full`. With automatic verification of a file that fits in half of the memory, a
    /// thread checks them meanwhile, and `checkIntact` throws if it found damage. Otherwise the values are copied: O(bytes).
    ///
    /// Throws `unknownKey`; `invalidArgument` for a key whose values differ in shape; and the errors of making a sample.
    public func column(_ key: String) throws(ColonnadeError) -> Tensor {
        let (index, shape) = try fixedField(key)
        if let view = try strided(index), let tensor = view.tensor { return tensor }
        return try gathered(index, shape)
    }

    /// Returns the values of a key as `column` does, but without a copy too if the column shares the rows of a group.
    package func stridedColumn(_ key: String) throws(ColonnadeError) -> StridedColumn {
        let (index, shape) = try fixedField(key)
        if let view = try strided(index) { return view }
        return StridedColumn(try gathered(index, shape))
    }

    /// Returns a copy of the values of a key, checked as they are read. An order or choice by value is made once and kept, so
    /// that a check that finds damage later would come too late.
    func checkedColumn(_ key: String) throws(ColonnadeError) -> Tensor {
        let (index, shape) = try fixedField(key)
        return try gathered(index, shape)
    }

    private func fixedField(_ key: String) throws(ColonnadeError) -> (index: Int, shape: [Int]) {
        let index = try schema.index(of: key)
        guard let shape = schema[index].fixedShape else {
            throw ColonnadeError(
                .invalidArgument,
                "the values of \"\(key)\" differ in shape, \(schema[index].typeDescription), and are not one tensor: read them "
                    + "sample by sample, or in padded batches")
        }
        return (index, shape)
    }

    /// Returns a view of the mapped file; nil where the values must be copied.
    private func strided(_ index: Int) throws(ColonnadeError) -> StridedColumn? {
        guard let stored = plan.storedRange, !stored.rows.isEmpty,
            let mapped = try stored.dataset.mappedColumn(stored.columns[index]),
            let shape = schema[index].fixedShape
        else { return nil }
        let columns = [stored.columns[index]]
        if stored.dataset.isCheckedMeanwhile, stored.dataset.needsWarming(columns: columns) {
            try? WorkerThread.start { stored.dataset.warm(columns: columns, while: { true }) }
        }
        return StridedColumn(
            dtype: schema[index].dtype, shape: [stored.rows.count] + shape, storage: mapped.storage,
            byteOffset: mapped.byteOffset + stored.rows.lowerBound * mapped.stride, stride: mapped.stride)
    }

    /// The bytes of the values that are made at once.
    private static let pieceBytes = 1 << 22

    /// Returns a copy of the values in one tensor.
    private func gathered(_ index: Int, _ shape: [Int]) throws(ColonnadeError) -> Tensor {
        let field = schema[index]
        let rowBytes = field.fixedByteCount ?? 0
        let memory = try TensorStorage.allocate(byteCount: count.saturatingProduct(rowBytes))
        guard count > 0, rowBytes > 0 else {
            return Tensor(dtype: field.dtype, shape: [count] + shape, storage: memory)
        }
        let size = min(count, max(1, Buffer.pieceBytes / rowBytes))
        let pieces = BatchPlan(sizes: .uniform(size, droppingLast: false), padding: [:], joining: [:])
        let batches = Buffer(try selecting([field.name]).plan.stacked(pieces))
        let executor = try RowExecutor(batches.plan, PassContext(epoch: 0, pool: TensorPool()))
        var meter = InterruptMeter()
        for batch in 0..<batches.count {
            let values = try executor.item(batch).tensors[0]
            try meter.advanceByRow(of: values.byteCount)
            values.copy(to: memory, at: batch * size * rowBytes)
        }
        return Tensor(dtype: field.dtype, shape: [count] + shape, storage: memory)
    }
}

extension Tensor {
    /// Copies the elements into memory that nothing else refers to.
    fileprivate func copy(to memory: TensorStorage, at offset: Int) {
        unsafe withUnsafeBytes { bytes in
            unsafe UnsafeMutableRawBufferPointer(rebasing: memory.mutableBytes[offset..<offset + bytes.count])
                .copyMemory(from: bytes)
        }
    }
}
