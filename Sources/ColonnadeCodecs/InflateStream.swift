// SPDX-License-Identifier: Apache-2.0

import CZlib
public import ColonnadeCore

/// A decoder of gzip, zlib or raw deflate streams that takes the compressed bytes piece by piece.
///
///     var inflate = try InflateStream(.gzip)
///     let used = try inflate.decode(input.span, upTo: 65_536, appendingTo: &output)
///     …
///     try inflate.finish()
///
/// The decoder does no input: the caller passes the bytes. A gzip stream may have several consecutive members, for
/// example from `cat a.gz b.gz`, and bytes of zero after each, as tapes and block devices pad files. Other data after
/// the end, and a missing end, are errors. Their place is `.file("", offset:)` with the offset in the compressed bytes,
/// so that `located(in:)` completes it.
@safe
public struct InflateStream: ~Copyable {
    /// The container of the compressed data: gzip, zlib or none.
    public enum Container: Sendable, Hashable {
        /// A gzip stream (RFC 1952). Its CRC-32 is checked.
        case gzip
        /// A zlib stream (RFC 1950). Its Adler-32 is checked.
        case zlib
        /// A raw deflate stream (RFC 1951), as in zip archives.
        case deflate

        fileprivate var name: String {
            switch self {
            case .gzip: "gzip"
            case .zlib: "zlib"
            case .deflate: "deflate"
            }
        }

        /// The window size in zlib's encoding: 15 bits, combined with an offset or a sign that selects the container.
        fileprivate var windowBits: Int32 {
            switch self {
            case .gzip: 15 + 16
            case .zlib: 15
            case .deflate: -15
            }
        }
    }

    public let container: Container
    /// The state of zlib. It is on the heap because it contains a pointer to itself.
    private let stream: UnsafeMutablePointer<z_stream>
    /// The number of compressed bytes that are decoded.
    public private(set) var consumedCount = 0
    /// The number of decoded bytes that are returned.
    public private(set) var producedCount = 0
    /// Whether the last consumed byte ended the stream or, for gzip, a member of it.
    public private(set) var isAtEnd = false
    /// The offset in the decoded bytes at which the current gzip member began; nil in the first member.
    private var laterMemberStart: Int?

    /// Makes a decoder. Throws `system` if there is not enough memory.
    public init(_ container: Container) throws(ColonnadeError) {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let status = unsafe inflateInit2_(
            stream, container.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            unsafe stream.deallocate()
            throw ColonnadeError(.system, "zlib could not start decoding (status \(status)): memory is short")
        }
        self.container = container
        unsafe self.stream = stream
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Decodes from the front of `input` until it is exhausted or `limit` bytes are appended, and returns the number of
    /// bytes of `input` that are consumed. The caller passes the rest again. The rest may be empty, since the decoder
    /// can still hold decoded bytes.
    ///
    /// If nothing is consumed and nothing is appended, all of `input` was consumed and the decoder needs more. Throws
    /// `invalidSource` for damaged data, and for data after the end.
    public mutating func decode(
        _ input: Span<UInt8>, upTo limit: Int, appendingTo output: inout [UInt8]
    ) throws(ColonnadeError) -> Int {
        var used = 0
        var capacity = limit
        while capacity > 0 {
            if isAtEnd {
                let padding = paddingCount(input.extracting(used...))
                used += padding
                consumedCount += padding
                guard used < input.count else { break }
                try beginNextMember(with: input[used])
            }
            let (taken, given) = try step(input.extracting(used...), capacity: capacity, appendingTo: &output)
            used += taken
            capacity -= given
            if taken == 0 && given == 0 { break }
        }
        return used
    }

    /// Checks that the stream has ended. Throws `invalidSource` if it is truncated.
    public func finish() throws(ColonnadeError) {
        guard isAtEnd else {
            throw failure("the \(container.name) data is truncated: it ends after \(producedCount) decoded bytes")
        }
    }

    /// Returns the number of zero bytes at the front of the data after a gzip member, which gzip ignores.
    private func paddingCount(_ input: Span<UInt8>) -> Int {
        guard container == .gzip else { return 0 }
        return input.indices.first { input[$0] != 0 } ?? input.count
    }

    private mutating func beginNextMember(with byte: UInt8) throws(ColonnadeError) {
        guard container == .gzip else {
            throw failure("there are bytes after the end of the \(container.name) data")
        }
        guard byte == 0x1F else { throw failure(Self.foreignBytes) }
        unsafe inflateReset(stream)
        isAtEnd = false
        laterMemberStart = producedCount
    }

    /// Calls zlib once.
    private mutating func step(
        _ input: Span<UInt8>, capacity: Int, appendingTo output: inout [UInt8]
    ) throws(ColonnadeError) -> (taken: Int, given: Int) {
        // The output grows in pieces, so that a large limit costs nothing if the data is small.
        let piece = min(capacity, 1 << 18)
        let offered = min(input.count, 1 << 30)
        var status = Z_OK
        var taken = 0
        var given = 0
        unsafe input.withUnsafeBytes { source in
            output.append(addingCapacity: piece) { target in
                unsafe target.withUnsafeMutableBufferPointer { memory, count in
                    unsafe stream.pointee.next_in = UnsafeMutablePointer(
                        mutating: source.baseAddress?.assumingMemoryBound(to: UInt8.self))
                    unsafe stream.pointee.avail_in = UInt32(offered)
                    unsafe stream.pointee.next_out = memory.baseAddress
                    unsafe stream.pointee.avail_out = UInt32(piece)
                    unsafe status = inflate(stream, Z_NO_FLUSH)
                    unsafe taken = offered - Int(stream.pointee.avail_in)
                    unsafe given = piece - Int(stream.pointee.avail_out)
                    count = given
                }
            }
        }
        consumedCount += taken
        producedCount += given
        switch status {
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END: isAtEnd = true
        case Z_MEM_ERROR: throw ColonnadeError(.system, "zlib has no memory to decode with")
        case Z_NEED_DICT: throw failure("the zlib data needs a preset dictionary, which is not supported")
        default: throw damage()
        }
        return (taken, given)
    }

    private static let foreignBytes = "after the end of the gzip data there are bytes that are not more of it"

    private func damage() -> ColonnadeError {
        // zlib owns the message, a C string.
        let reason = unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "no reason given"
        if laterMemberStart == producedCount {
            return failure("\(Self.foreignBytes): \(reason)")
        }
        return failure("the \(container.name) data is damaged: \(reason)")
    }

    private func failure(_ message: String) -> ColonnadeError {
        ColonnadeError(.invalidSource, message, at: .file("", offset: consumedCount))
    }
}
