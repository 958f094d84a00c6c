// SPDX-License-Identifier: Apache-2.0

import ColonnadeCodecs
public import ColonnadeCore
import ColonnadeSystem

/// The bytes of a file from front to back; gzip is recognised by its first bytes and decoded on the way.
///
///     var stream = try ByteStream(path: "train.csv.gz")
///     while try stream.read(upTo: 65_536, appendingTo: &buffer) > 0 { … }
///
/// Memory is bounded by the bytes asked for. Errors name the file, and for compressed ones the offset in it.
public struct ByteStream: ByteSource, ~Copyable {
    public let path: String
    /// The bytes in the file are compressed.
    public let isCompressed: Bool
    /// The number of bytes of the stream, where it is known: not for gzip, nor for pipes.
    public let byteCount: Int?
    /// The number of bytes read so far.
    public private(set) var offset = 0

    /// Nil where all the bytes are in memory.
    private var file: FileReader?
    private var inflate: InflateStream?
    /// The offset of the stream's bytes in the file.
    private let start: Int
    /// The number of bytes to read from the file until the stream ends; nil for all bytes.
    private var remaining: Int?
    /// Read from the file, and not yet given or decoded from `pendingStart` on.
    private var pending: [UInt8] = []
    private var pendingStart = 0
    /// The checksum that the bytes of a zip archive's entry must have.
    private let expectedChecksum: UInt32?
    private var checksum = CRC32()

    private static let blockSize = 1 << 16

    /// Opens a file, or a pipe. Throws `fileNotFound`, `invalidSource` for a folder, `system`.
    public init(path: String) throws(ColonnadeError) { try self.init(path: path, in: nil) }

    /// Opens a file as `init(path:)` does, by its place in a folder unless that is nil.
    init(path: String, in place: FolderPlace?) throws(ColonnadeError) {
        var file = try FileReader(path: path, in: place)
        var head: [UInt8] = []
        try file.read(upTo: Self.blockSize, appendingTo: &head)
        let isCompressed = try Self.isCompressed(head, path)
        let inflate = isCompressed ? try InflateStream(.gzip) : nil
        self.path = path
        self.isCompressed = isCompressed
        byteCount = isCompressed ? nil : file.byteCount
        self.inflate = inflate
        self.file = consume file
        start = 0
        pending = head
        expectedChecksum = nil
    }

    /// Reads bytes in memory, decoded if they are gzip.
    init(bytes: [UInt8], name: String) throws(ColonnadeError) {
        let isCompressed = try Self.isCompressed(bytes, name)
        let inflate = isCompressed ? try InflateStream(.gzip) : nil
        self.isCompressed = isCompressed
        self.inflate = inflate
        path = name
        byteCount = isCompressed ? nil : bytes.count
        file = nil
        start = 0
        pending = bytes
        expectedChecksum = nil
    }

    /// The number of first bytes that tell the compression.
    static let headCount = 10

    /// Returns the compression of bytes that begin so, if it is another than gzip.
    static func otherCompression(_ head: [UInt8]) -> (name: String, tool: String)? {
        let magic = head.dropFirst(4)
        if head.starts(with: "BZh".utf8),
            magic.starts(with: "1AY&SY".utf8) || magic.starts(with: [0x17, 0x72, 0x45, 0x38, 0x50, 0x90])
        {
            return ("bzip2", "bzip2 -d")
        }
        if head.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]) { return ("xz", "xz -d") }
        return head.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) ? ("zstd", "zstd -d") : nil
    }

    /// Whether bytes begin as gzip does. Throws `unsupported` if they begin as another compression does.
    static func isCompressed(_ head: [UInt8], _ name: String) throws(ColonnadeError) -> Bool {
        if let other = otherCompression(head) {
            throw ColonnadeError(
                .unsupported,
                "it is compressed by \(other.name), and only gzip is read here: unpack it first (\(other.tool))",
                at: .file(name))
        }
        return head.starts(with: [0x1F, 0x8B])
    }

    /// Opens the bytes at `range` of a file, plain or to be decoded to `byteCount` bytes with that checksum.
    init(
        path: String, range: Range<Int>, deflated: Bool, byteCount: Int, checksum: UInt32
    ) throws(ColonnadeError) {
        var file = try FileReader(path: path)
        try file.seek(to: range.lowerBound)
        let inflate = deflated ? try InflateStream(.deflate) : nil
        self.path = path
        isCompressed = deflated
        self.byteCount = byteCount
        self.inflate = inflate
        self.file = consume file
        start = range.lowerBound
        remaining = range.count
        expectedChecksum = checksum
    }

    /// Appends up to `count` bytes and returns their number, which is below `count` only at the end.
    ///
    /// Throws `invalidSource` for compressed data that is damaged, truncated, or followed by something else; `system`.
    @discardableResult
    public mutating func read(upTo count: Int, appendingTo buffer: inout [UInt8]) throws(ColonnadeError) -> Int {
        let old = buffer.count
        if inflate == nil {
            try readPlain(upTo: count, appendingTo: &buffer)
        } else {
            try readDecoded(upTo: count, appendingTo: &buffer)
        }
        let given = buffer.count - old
        offset += given
        if let expectedChecksum {
            checksum.update(buffer.span.extracting(old...))
            if given < count { try checkEnd(expectedChecksum) }
        }
        return given
    }

    /// The offset of the next byte in the file; nil for compressed bytes.
    var fileOffset: Int? { inflate == nil ? start + offset : nil }

    private mutating func readPlain(upTo count: Int, appendingTo buffer: inout [UInt8]) throws(ColonnadeError) {
        let held = min(pending.count - pendingStart, count)
        if held > 0 {
            buffer.append(contentsOf: pending[pendingStart..<pendingStart + held])
            pendingStart += held
            if pendingStart == pending.count { dropPending() }
        }
        try readFile(upTo: count - held, appendingTo: &buffer)
    }

    private mutating func readDecoded(upTo count: Int, appendingTo buffer: inout [UInt8]) throws(ColonnadeError) {
        let end = buffer.count + count
        while buffer.count < end {
            if pendingStart == pending.count {
                dropPending()
                var block: [UInt8] = []
                try readFile(upTo: Self.blockSize, appendingTo: &block)
                pending = block
            }
            let before = buffer.count
            let isLast = pending.isEmpty
            do throws(ColonnadeError) {
                let used = try decode(upTo: end - before, appendingTo: &buffer)
                pendingStart += used
                if isLast, buffer.count == before {
                    try inflate?.finish()
                    return
                }
            } catch {
                throw located(error)
            }
        }
    }

    private mutating func decode(upTo count: Int, appendingTo buffer: inout [UInt8]) throws(ColonnadeError) -> Int {
        let input = pending
        return try inflate?.decode(input.span.extracting(pendingStart...), upTo: count, appendingTo: &buffer) ?? 0
    }

    private mutating func readFile(upTo count: Int, appendingTo buffer: inout [UInt8]) throws(ColonnadeError) {
        let size = min(count, remaining ?? count)
        guard size > 0 else { return }
        let given = try file?.read(upTo: size, appendingTo: &buffer) ?? 0
        if let remaining { self.remaining = remaining - given }
    }

    private mutating func dropPending() {
        pending = []
        pendingStart = 0
    }

    private func checkEnd(_ expectedChecksum: UInt32) throws(ColonnadeError) {
        guard offset == byteCount else {
            throw ColonnadeError(
                .invalidSource,
                "the archive promises \(byteCount ?? 0) bytes here and has \(offset): it is damaged, get it again",
                at: .file(path, offset: start))
        }
        guard checksum.value == expectedChecksum else {
            throw ColonnadeError(
                .invalidSource, "the checksum of the archived bytes is wrong: the archive is damaged, get it again",
                at: .file(path, offset: start))
        }
    }

    /// Converts the offset of an error in the compressed bytes to one in the file.
    private func located(_ error: ColonnadeError) -> ColonnadeError {
        var error = error
        if case .file("", let offset?) = error.place { error.place = .file(path, offset: start + offset) }
        if error.code == .invalidSource { error.message += "; get the file anew, or compress it again" }
        return error.located(in: path)
    }
}
