// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// Reads one array from front to back, as a column.
final class ArrayReader {
    let field: Field
    let layout: ArrayLayout
    private let source: String
    private let timeFill: Int64?
    private var stream: ByteStream
    private var fortran: FortranRows?
    private var nextRow = 0

    /// Makes a reader of a stream that is at the first element. Throws `invalidSource` if the array cannot be a column, or if the
    /// stream has another number of bytes than `layout` says; of compressed streams, the end tells. `timeFill` replaces `NaT`.
    init(
        named name: String, layout: ArrayLayout, stream: consuming ByteStream, source: String,
        fortranBlock: Int = FortranRows.usualBlockSize, timeFill: String? = nil
    ) throws(ColonnadeError) {
        let field = try layout.field(named: name, in: source)
        if let time = field.time, let timeFill {
            guard let fill = TimeReader.readFill(Array(timeFill.utf8).span, as: time) else {
                throw ColonnadeError(
                    .invalidArgument, "the fill \"\(timeFill)\" is no \(time); give another",
                    at: .record(source: source, record: nil, column: name))
            }
            self.timeFill = fill
        } else {
            self.timeFill = nil
        }
        if let total = stream.byteCount, total - stream.offset != layout.byteCount {
            throw Self.wrongLength(layout, stream.offset, actual: "\(total - stream.offset)", source)
        }
        var fortran: FortranRows?
        if layout.isFortranOrder, layout.shape.count > 1 {
            let rows = try FortranRows(layout, &stream, blockSize: fortranBlock)
            guard rows.missingByteCount == 0 else {
                throw Self.wrongLength(
                    layout, stream.offset - layout.byteCount + rows.missingByteCount,
                    actual: "\(layout.byteCount - rows.missingByteCount)", source)
            }
            fortran = consume rows
        }
        self.field = field
        self.layout = layout
        self.source = source
        self.stream = stream
        self.fortran = fortran
    }

    /// No row takes more bytes than this in a chunk.
    var rowByteLimit: Int { layout.rowByteCount }

    /// Returns the next `count` rows, which must be there. Throws `invalidSource` for a truncated file or bad elements.
    func read(rows count: Int) throws(ColonnadeError) -> ColumnChunk {
        var bytes: [UInt8] = []
        if fortran != nil {
            try fortran?.read(rows: count, appendingTo: &bytes)
        } else {
            let byteCount = count * layout.rowByteCount
            let given = try stream.read(upTo: byteCount, appendingTo: &bytes)
            guard given == byteCount else {
                throw Self.wrongLength(
                    layout, stream.offset - nextRow * layout.rowByteCount - given,
                    actual: "\(nextRow * layout.rowByteCount + given)", source)
            }
        }
        nextRow += count
        if nextRow == layout.rowCount { try checkEnd() }
        return try column(from: bytes, firstRow: nextRow - count)
    }

    /// Checks that nothing follows the last row. An array without rows is never read, so its owner asks for this.
    func checkEnd() throws(ColonnadeError) {
        // Elements of a large Fortran array are read beside the stream, and its length was checked at the beginning.
        if fortran?.isBesideStream == true { return }
        var rest: [UInt8] = []
        if try stream.read(upTo: 1, appendingTo: &rest) > 0 {
            throw Self.wrongLength(
                layout, stream.offset - 1 - layout.byteCount, actual: "more than \(layout.byteCount)", source)
        }
    }

    private func column(from bytes: [UInt8], firstRow: Int) throws(ColonnadeError) -> ColumnChunk {
        switch layout.elements {
        case .numbers(let dtype):
            var column = ColumnChunk(values: bytes)
            if layout.isBigEndian { ElementBytes.swap(&column.values, from: 0, size: dtype.size) }
            if dtype == .bool, let bad = bytes.firstIndex(where: { $0 > 1 }) {
                throw failure(
                    "a bool is 0 or 1, and here is \(bytes[bad]): the file is damaged, or its bytes are uint8",
                    row: firstRow + bad / layout.rowByteCount)
            }
            return column
        case .times(let times):
            do throws(ArrayTimes.Misfit) {
                return ColumnChunk(values: try times.converted(bytes, isBigEndian: layout.isBigEndian, fill: timeFill))
            } catch {
                throw failure(
                    error.message + (error.isMissing ? ": say what to put there with --fill \(field.name)=NaT" : ""),
                    row: firstRow + error.index / max(1, layout.rowElementCount))
            }
        case .bytes(let width):
            var column = ColumnChunk()
            for start in stride(from: 0, to: bytes.count, by: width) {
                var end = start + width
                while end > start, bytes[end - 1] == 0 { end -= 1 }
                column.values.append(contentsOf: bytes[start..<end])
                column.ends.append(column.values.count)
            }
            return column
        case .text(let width):
            return try text(from: bytes, width: width, firstRow: firstRow)
        }
    }

    /// Converts UTF-32 to UTF-8.
    private func text(from bytes: [UInt8], width: Int, firstRow: Int) throws(ColonnadeError) -> ColumnChunk {
        var column = ColumnChunk()
        for start in stride(from: 0, to: bytes.count, by: width) {
            func word(_ at: Int) -> UInt32 {
                let four = (
                    UInt32(bytes[at]), UInt32(bytes[at + 1]), UInt32(bytes[at + 2]), UInt32(bytes[at + 3])
                )
                return layout.isBigEndian
                    ? four.0 << 24 | four.1 << 16 | four.2 << 8 | four.3
                    : four.3 << 24 | four.2 << 16 | four.1 << 8 | four.0
            }
            var end = start + width
            while end > start, word(end - 4) == 0 { end -= 4 }
            for at in stride(from: start, to: end, by: 4) {
                let value = word(at)
                guard let scalar = Unicode.Scalar(value) else {
                    throw failure(
                        "0x\(String(value, radix: 16)) is not a Unicode character: the file is damaged",
                        row: firstRow + start / width)
                }
                column.values.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
            column.ends.append(column.values.count)
        }
        return column
    }

    private func failure(_ message: String, row: Int) -> ColonnadeError {
        ColonnadeError(.invalidSource, message, at: .record(source: source, record: row + 1, column: field.name))
    }

    private static func wrongLength(
        _ layout: ArrayLayout, _ headerLength: Int, actual: String, _ source: String
    ) -> ColonnadeError {
        ColonnadeError(
            .invalidSource,
            "its header of \(headerLength) bytes promises \(layout.description), which is \(layout.byteCount) bytes, and "
                + "\(actual) follow: it is truncated or damaged, get it again", at: .file(source))
    }
}
