// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Columns of plain groups, whose rows a kernel copies from the mapped file.
extension BlockGather {
    /// Makes the batches of the columns of all plain groups.
    func gatherGroups(_ block: Block, _ reader: RowReader, _ scratch: inout BatchScratch) throws(ColonnadeError) {
        for group in groups where try prepare(group, block, reader, &scratch) { scratch.copied.append(group) }
        if scratch.copied.isEmpty { return }
        try table.gather(scratch.rows, block, scratch.copied, outputs, scratch.memory)
    }

    /// Appends the memory for the batches of one group, and checks its blocks. Returns whether the kernel has to copy the rows: they
    /// are not in the memory already.
    private func prepare(
        _ group: Group, _ block: Block, _ reader: RowReader, _ scratch: inout BatchScratch
    ) throws(ColonnadeError) -> Bool {
        if block.areConsecutive, let memory = try mapped(group, block, scratch.rows.first) {
            scratch.append(memory)
            scratch.skip()
            return false
        }
        try allocate(group, block, &scratch)
        if let joined {
            try joined.check(
                scratch.rows[..<block.rowCount], group: group.number, inOrder: block.areConsecutive,
                isCheckedMeanwhile: block.isCheckedMeanwhile)
            return true
        }
        if let range = reader.blocks == nil ? nil : scratch.rows[..<block.rowCount].consecutive {
            try reader.check(consecutive: range, group: group.number)
        } else {
            try reader.check(scratch.rows[..<block.rowCount], group: group.number)
        }
        return reader.blocks != nil || !gatherUnmapped(group, block, scratch)
    }

    /// Makes the batches by reads of the file, if its pages are probably not mapped and that is faster. Returns false if
    /// nothing was made.
    private func gatherUnmapped(_ group: Group, _ block: Block, _ scratch: BatchScratch) -> Bool {
        guard !block.areConsecutive, dataset.access.allowsUnmappedRows,
            table.shouldReadUnmapped(block.rowCount, ofGroup: group.number, of: dataset.rowCount),
            dataset.access.takeUnmappedRows(block.rowCount)
        else { return false }
        return table.gatherUnmapped(scratch.rows, from: dataset.file, block, group, outputs, scratch.memory)
    }

    /// Returns the mapped bytes of consecutive rows of a group; nil where they do not lie as they are requested.
    private func mapped(
        _ group: Group, _ block: Block, _ first: Int?
    ) throws(ColonnadeError) -> ColumnOutput.Memory? {
        guard let first, let index = group.mappableColumn else { return nil }
        var (dataset, number, row) = (self.dataset, index, first)
        if let joined {
            let place = joined.place(ofRow: first)
            (dataset, row) = (joined.datasets[place.dataset], place.row)
            number = joined.number(ofKey: index, in: place.dataset)
        }
        let column = dataset.columns[number]
        let isChecked = block.isCheckedMeanwhile && dataset.isCheckedMeanwhile
        let blocks = isChecked ? nil : dataset.verifier(inOrder: true)
        guard row + block.rowCount <= dataset.rowCount,
            let start = try dataset.mappedStart(
                row..<row + block.rowCount, column, blocks, isCheckedMeanwhile: isChecked)
        else { return nil }
        return ColumnOutput.Memory(
            storage: dataset.whole, start: start, step: block.batchSize * column.rowBytes)
    }

    /// Groups of more columns have one storage for all columns.
    private static let mostStorages = 4

    /// Appends memory for the batches of the columns of one group.
    ///
    /// A few columns have a storage each, so that a caller can hold each of them alone. Many columns share one storage, in which
    /// the distances between them are no powers of two: the kernel writes the same row of all columns at once, and the rows would
    /// fall into the same few lines of the cache.
    private func allocate(_ group: Group, _ block: Block, _ scratch: inout BatchScratch) throws(ColonnadeError) {
        let batches = block.batchCount
        if group.outputs.count <= BlockGather.mostStorages {
            for index in group.outputs {
                let (bytes, step) = try extent(index, block, batches)
                let storage = try scratch.take(byteCount: bytes, from: pool)
                scratch.append(ColumnOutput.Memory(storage: storage, start: 0, step: step))
            }
            return
        }
        func distance(_ bytes: Int) -> Int { (bytes + 63) / 64 * 64 + (bytes % 4096 < 1024 ? 1088 : 64) }
        var total = 0
        for index in group.outputs { total += distance(try extent(index, block, batches).bytes) }
        let storage = try scratch.take(byteCount: total, from: pool)
        var start = 0
        for index in group.outputs {
            let (bytes, step) = try extent(index, block, batches)
            scratch.append(ColumnOutput.Memory(storage: storage, start: start, step: step))
            start += distance(bytes)
        }
    }

    /// Returns the bytes of all batches of an output, and those from one batch to the next. Throws `invalidArgument` beyond the
    /// limit of a batch.
    func extent(
        _ index: Int, _ block: Block, _ batches: Int
    ) throws(ColonnadeError) -> (bytes: Int, step: Int) {
        guard let bytes = outputs[index].byteCount(ofRows: block.batchSize) else {
            throw ColumnOutput.refusal(column(of: outputs[index]), rows: block.batchSize)
        }
        let step = ColumnOutput.distance(betweenBatchesOf: bytes)
        return (batches > 1 ? batches * step : bytes, step)
    }
}
