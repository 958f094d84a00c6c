// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// The check that all rows of a group can be decoded, that the bytes between columns are zero, and that bools are 0 or
/// 1.
struct GroupContents {
    /// A range of bytes of a row whose values are limited.
    private struct Stretch {
        var range: Range<Int>
        /// The largest allowed value: 1 in a bool column, 0 between columns.
        var limit: UInt8
    }

    private let dataset: StoredDataset
    private let group: Int
    private let rowBytes: Int
    /// The stretches in the order of a row. They are ranges and not a limit for each byte, since a row may be very
    /// long.
    private var stretches: [Stretch] = []

    init(_ dataset: StoredDataset, group: Int, members: [ColumnReader]) {
        self.dataset = dataset
        self.group = group
        rowBytes = dataset.layout.footer.groups[group].stride
        var end = 0
        for member in members.sorted(by: { $0.offset < $1.offset }) where member.rowBytes > 0 {
            if end < member.offset { stretches.append(Stretch(range: end..<member.offset, limit: 0)) }
            end = member.offset + member.rowBytes
            if member.field.dtype == .bool { stretches.append(Stretch(range: member.offset..<end, limit: 1)) }
        }
        if end < rowBytes { stretches.append(Stretch(range: end..<rowBytes, limit: 0)) }
    }

    func run() throws(ColonnadeError) {
        let layout = dataset.layout
        if stretches.isEmpty, layout.footer.groups[group].codec == .plain { return }
        let decoder = BlockDecoder(isVerifying: true)
        for segment in layout.footer.runs.flatMap(\.segments) {
            let region = segment.regions[group]
            let stored = unsafe UnsafeRawBufferPointer(
                rebasing: dataset.file.bytes[
                    segment.offset + region.offset..<segment.offset + region.offset + region.storedLength])
            do throws(ColonnadeError) {
                if layout.footer.groups[group].codec == .plain {
                    try unsafe check(stored, from: 0, in: segment)
                    continue
                }
                let key = BlockDecoder.Key(
                    dataset: ObjectIdentifier(dataset), segment: segment.offset, region: group)
                try unsafe decoder.open(key, stored, length: region.length, codec: layout.footer.groups[group].codec)
                try decoder.validateIndex()
                let piece = TensorStorage(byteCount: ForeverConstants.codecBlockSize)
                for start in stride(from: 0, to: region.length, by: ForeverConstants.codecBlockSize) {
                    let count = min(ForeverConstants.codecBlockSize, region.length - start)
                    let memory = unsafe UnsafeMutableRawBufferPointer(rebasing: piece.mutableBytes[..<count])
                    try unsafe decoder.read(from: start, into: memory) { _ in }
                    try unsafe check(UnsafeRawBufferPointer(memory), from: start, in: segment)
                }
            } catch {
                var placed = error
                placed.place = .file("", offset: segment.offset + region.offset)
                throw placed
            }
        }
    }

    /// Checks decoded bytes, the first of which is at `start` in the region.
    private func check(
        _ bytes: UnsafeRawBufferPointer, from start: Int, in segment: SegmentDescriptor
    ) throws(ColonnadeError) {
        guard !stretches.isEmpty else { return }
        let end = start + bytes.count
        // A row has at least one byte here, since there is a stretch.
        for row in stride(from: start - start % rowBytes, to: end, by: rowBytes) {
            for stretch in stretches {
                let lower = max(start, row + stretch.range.lowerBound)
                let upper = min(end, row + stretch.range.upperBound)
                guard lower < upper else { continue }
                for index in lower..<upper where unsafe bytes[index - start] > stretch.limit {
                    throw .broken(
                        stretch.limit == 0 ? 30 : 33,
                        stretch.limit == 0
                            ? "bytes between the columns of a row are not zero"
                            : "an element of a bool column is neither 0 nor 1")
                }
            }
        }
    }
}
