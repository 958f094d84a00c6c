// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore

/// An IDX file, plain or gzip: the format of MNIST and its relatives. The first dimension counts the records.
///
/// The column is called `image` if the file's name contains "images", `label` if it contains "labels", and else as the
/// file is.
public final class IDXSource: RecordSource {
    public let name: String
    public let reasons: [String]
    private let columns: ArrayColumns

    public var schema: Schema { columns.schema }
    public var rowCount: Int? { columns.rowCount }

    /// Reads the header. Throws `invalidSource` for anything that is not IDX, and for a plain file of another length than its
    /// header says; `fileNotFound`, `system`.
    public init(path: String) throws(ColonnadeError) {
        var stream = try ByteStream(path: path)
        let layout = try Self.header(&stream)
        let column = Self.columnName(path)
        let reader = try ArrayReader(named: column, layout: layout, stream: stream, source: path)
        name = path
        columns = try ArrayColumns([reader], source: path)
        reasons = ["\(column): \(reader.field.typeDescription), as the header of the IDX file says"]
    }

    public func nextChunk(rowLimit: Int, byteLimit: Int) throws(ColonnadeError) -> RecordChunk? {
        try columns.nextChunk(rowLimit: rowLimit, byteLimit: byteLimit)
    }

    private static func columnName(_ path: String) -> String {
        let file = (path.split(separator: "/").last ?? "").lowercased().utf8
        if contains(file, "images") { return "image" }
        if contains(file, "labels") { return "label" }
        return ColumnName.of(path: path)
    }

    /// Whether a text contains a word. `String.contains` would link the library of regular expressions, which is larger than all
    /// sources here.
    private static func contains(_ text: String.UTF8View, _ word: String) -> Bool {
        text.indices.contains { text[$0...].starts(with: word.utf8) }
    }

    /// Whether a file that begins with these bytes is IDX.
    static func isHeader(_ head: [UInt8]) -> Bool {
        head.count >= 4 && head[0] == 0 && head[1] == 0 && dtype(head[2]) != nil && head[3] > 0
    }

    /// Reads the header: two zero bytes, the element type, the rank, and a 32-bit dimension for each rank, all big-endian.
    private static func header(_ stream: inout ByteStream) throws(ColonnadeError) -> ArrayLayout {
        var bytes: [UInt8] = []
        try stream.read(upTo: 4, appendingTo: &bytes)
        let shown = bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined(separator: " ")
        guard bytes.count == 4, bytes[0] == 0, bytes[1] == 0, let dtype = dtype(bytes[2]) else {
            throw ColonnadeError(
                .invalidSource,
                "an IDX file starts with 00 00 and a type of 08, 09, 0b, 0c, 0d or 0e, and this one with "
                    + (bytes.isEmpty ? "nothing: it is empty" : "\(shown): name its format (--format)"),
                at: .file(stream.path, offset: 0))
        }
        let rank = Int(bytes[3])
        guard rank > 0 else {
            throw ColonnadeError(
                .invalidSource, "its header says it has no dimensions, and the first one counts the records",
                at: .file(stream.path, offset: 3))
        }
        var sizes: [UInt8] = []
        try stream.read(upTo: 4 * rank, appendingTo: &sizes)
        guard sizes.count == 4 * rank else {
            throw ColonnadeError(
                .invalidSource,
                "its header ends after \(4 + sizes.count) of \(4 + 4 * rank) bytes: it is truncated, get it again",
                at: .file(stream.path, offset: 4 + sizes.count))
        }
        let shape = (0..<rank).map { axis in sizes[4 * axis..<4 * axis + 4].reduce(0) { $0 << 8 | Int($1) } }
        return ArrayLayout(elements: .numbers(dtype), isBigEndian: true, isFortranOrder: false, shape: shape)
    }

    private static func dtype(_ code: UInt8) -> DType? {
        switch code {
        case 0x08: .uint8
        case 0x09: .int8
        case 0x0B: .int16
        case 0x0C: .int32
        case 0x0D: .float32
        case 0x0E: .float64
        default: nil
        }
    }
}
