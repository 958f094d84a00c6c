// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore
import ColonnadeSystem

/// A batch of texts without padding: a tensor of bytes with one dimension, for callers that make an object of each text. It has the
/// number of texts, the length of each in bytes, both as int64, and then the texts. Each text begins at a multiple of 8 bytes, and
/// zeros are between two texts.
@safe
struct UnpaddedTexts {
    private let lengths: UnsafeMutablePointer<Int64>
    /// The number of texts that were appended, and their end in memory.
    private var count = 0
    private var end: UnsafeMutableRawPointer

    /// Begins `count` texts in memory that is aligned to 8 bytes and has the size that `colonnade_texts_size` returns.
    @unsafe init(_ memory: UnsafeMutableRawPointer, count: Int) {
        unsafe memory.storeBytes(of: Int64(count), as: Int64.self)
        unsafe lengths = (memory + 8).bindMemory(to: Int64.self, capacity: count)
        unsafe end = memory + 8 * (1 + count)
    }

    /// Appends the first `count` of `known` texts. Returns false, and leaves the texts unfinished, if one ends with the byte 255, which
    /// is not UTF-8.
    @unsafe mutating func append(_ spans: UnsafePointer<colonnade_span>, _ count: Int, known: Int) -> Bool {
        guard let next = unsafe colonnade_gather_texts(spans, count, known, lengths + self.count, end) else {
            return false
        }
        self.count += count
        unsafe end = next
        return true
    }

    /// Returns values of samples as one batch; nil if they are no texts, or one ends with the byte 255.
    static func batch(of rows: [Tensor], from pool: TensorPool) throws(ColonnadeError) -> Tensor? {
        guard rows.allSatisfy({ $0.dtype == .uint8 && $0.rank == 1 }) else { return nil }
        let spans = unsafe rows.map { row in
            unsafe colonnade_span(
                start: UnsafeRawPointer(row.storage.mutableBytes.baseAddress!) + row.byteOffset, bytes: row.count)
        }
        defer { withExtendedLifetime(rows) {} }
        let byteCount = unsafe colonnade_texts_size(spans, spans.count)
        let storage = try pool.take(byteCount: byteCount)
        guard let memory = unsafe storage.mutableBytes.baseAddress else {
            preconditionFailure("storage has an address")
        }
        var texts = unsafe UnpaddedTexts(memory, count: rows.count)
        guard unsafe texts.append(spans, spans.count, known: spans.count) else { return nil }
        return Tensor(dtype: .uint8, shape: [byteCount], storage: storage)
    }
}
