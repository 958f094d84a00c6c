// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore
package import ColonnadeStore
import ColonnadeSystem

extension Buffer {
    /// Whether samples are made by functions of the program.
    package var runsUserCode: Bool { plan.runsUserCode }

    /// Returns consecutive samples of keys as one chunk, with a column for each key, in the order of epoch 0. The shapes of
    /// the values may differ.
    ///
    /// Throws `unknownKey`, and the errors of making a sample. Traps if the range is out of range. O(bytes).
    package func chunk(_ indices: Range<Int>, _ keys: [String]) throws(ColonnadeError) -> RecordChunk {
        precondition(indices.lowerBound >= 0 && indices.upperBound <= count, "samples \(indices) of \(count)")
        let samples = try selecting(keys)
        if let stored = samples.plan.storedRange {
            let first = stored.rows.lowerBound
            return try stored.dataset.chunk(
                rows: first + indices.lowerBound..<first + indices.upperBound, columns: stored.columns)
        }
        var chunk = RecordChunk(rowCount: 0, columns: keys.map { _ in ColumnChunk() })
        var meter = InterruptMeter()
        for index in indices {
            let sample = try samples[index]
            try meter.advanceByRow(of: sample.tensors.reduce(0) { $0 + $1.byteCount })
            try chunk.append(sample, samples.schema, row: index)
        }
        return chunk
    }
}
