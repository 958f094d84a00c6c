// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// Rows of an array in Fortran order, where the elements of one row lie far apart.
///
/// A block of rows is gathered at a time: from a file with one read per element in a row, so that no more than a block is
/// in memory. Compressed bytes cannot be read in any order, so a compressed array must fit in a block.
struct FortranRows: ~Copyable {
    /// Bytes of a block, unless a test asks for fewer.
    static let usualBlockSize = 64 << 20

    private let layout: ArrayLayout
    private let blockSize: Int
    private var block: [UInt8] = []
    private var blockRows: Range<Int> = 0..<0
    /// The offset of the elements in the file; nil when all of them are in the block.
    private let start: Int?
    private var file: FileReader?
    private let path: String
    private var nextRow = 0

    /// Takes a stream that stands at the first element. Throws `unsupported` for compressed arrays that are too large.
    init(_ layout: ArrayLayout, _ stream: inout ByteStream, blockSize: Int) throws(ColonnadeError) {
        let byteCount = layout.byteCount
        let path = stream.path
        var block: [UInt8] = []
        var file: FileReader?
        let start = byteCount > blockSize ? stream.fileOffset : nil
        if byteCount <= blockSize {
            // In pieces, so that memory is allocated only for bytes that are there.
            while block.count < byteCount {
                let given = try stream.read(upTo: min(byteCount - block.count, 1 << 22), appendingTo: &block)
                guard given > 0 else { break }
            }
        } else if start != nil {
            file = try FileReader(path: path)
        } else {
            throw ColonnadeError(
                .unsupported,
                "an array of more than \(blockSize >> 20) MiB in Fortran order cannot be read from compressed bytes: "
                    + "decompress it, or save numpy.ascontiguousarray(array)", at: .file(path))
        }
        if start != nil, layout.rowByteCount > blockSize {
            throw ColonnadeError(
                .unsupported,
                "rows of more than \(blockSize >> 20) MiB in Fortran order cannot be read: "
                    + "save numpy.ascontiguousarray(array)", at: .file(path))
        }
        self.layout = layout
        self.blockSize = blockSize
        self.path = path
        self.start = start
        self.file = file
        if start == nil { blockRows = 0..<layout.rowCount }
        self.block = block
    }

    /// The rows are read from the file, and the stream stays where it was.
    var isBesideStream: Bool { start != nil }

    /// Fewer bytes came than the header promises, and all that came are these.
    var missingByteCount: Int { start == nil ? layout.byteCount - block.count : 0 }

    /// Appends the next `count` rows, in C order. They must be there.
    mutating func read(rows count: Int, appendingTo output: inout [UInt8]) throws(ColonnadeError) {
        var remaining = count
        while remaining > 0 {
            if nextRow == blockRows.upperBound { try loadBlock() }
            let taken = min(remaining, blockRows.upperBound - nextRow)
            let first = nextRow - blockRows.lowerBound
            ElementBytes.appendRows(
                first..<first + taken, ofFortranBlock: block, blockRows: blockRows.count, rowShape: layout.rowShape,
                size: layout.elementSize, to: &output)
            nextRow += taken
            remaining -= taken
        }
    }

    private mutating func loadBlock() throws(ColonnadeError) {
        guard let start else { preconditionFailure("there are no more rows") }
        let count = min(blockSize / layout.rowByteCount, layout.rowCount - nextRow)
        block.removeAll(keepingCapacity: true)
        block.reserveCapacity(count * layout.rowByteCount)
        for element in 0..<layout.rowElementCount {
            let offset = start + (element * layout.rowCount + nextRow) * layout.elementSize
            try file?.seek(to: offset)
            let byteCount = count * layout.elementSize
            let given = try file?.read(upTo: byteCount, appendingTo: &block) ?? 0
            guard given == byteCount else {
                throw ColonnadeError(
                    .invalidSource, "the file has become shorter while it was read: run this again",
                    at: .file(path, offset: offset + given))
            }
        }
        blockRows = nextRow..<nextRow + count
    }
}
