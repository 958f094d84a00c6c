// SPDX-License-Identifier: Apache-2.0

import CZlib
public import ColonnadeCore

/// Decodes a gzip, zlib or raw deflate stream piece by piece, as its bytes arrive.
///
///     var inflate = try InflateStream(.gzip)
///     let used = try inflate.decode(input.span, upTo: 65_536, appendingTo: &output)
///     …
///     try inflate.finish()
///
/// Pure: whoever has the bytes passes them. A gzip stream may have several members one after another, as `cat a.gz b.gz`
/// makes them, and bytes of zero after each, as tapes and block devices pad files. Anything else after the end, and an end
/// too early, are errors. They are placed at `.file("", offset:)`,
/// the offset in the compressed bytes, so that `located(in:)` completes the place.
@safe
public struct InflateStream: ~Copyable {
    /// The container of the compressed data: gzip, zlib or none.
    public enum Container: Sendable, Hashable {
        /// RFC 1952, with a CRC-32 that is checked.
        case gzip
        /// RFC 1950, with an Adler-32 that is checked.
        case zlib
        /// RFC 1951, nothing around it: as in zip archives.
        case deflate

        fileprivate var name: String {
            switch self {
            case .gzip: "gzip"
            case .zlib: "zlib"
            case .deflate: "deflate"
            }
        }

        /// The window size in zlib's encoding: 15 bits, and a number or sign for the container.
        fileprivate var windowBits: Int32 {
            switch self {
            case .gzip: 15 + 16
            case .zlib: 15
            case .deflate: -15
            }
        }
    }

    public let container: Container
    /// On the heap, because zlib's state points back to it.
    private let stream: UnsafeMutablePointer<z_stream>
    /// Compressed bytes taken so far.
    public private(set) var consumedCount = 0
    /// Decoded bytes given so far.
    public private(set) var producedCount = 0
    /// The last byte taken ended the stream, or for gzip a member of it.
    public private(set) var isAtEnd = false
    /// The offset in the decoded bytes at which the current gzip member began; nil within the first member.
    private var laterMemberStart: Int?

    /// Throws `system` if there is no memory.
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

    /// Decodes from the front of `input` until it is used up or `limit` bytes were appended; returns how many bytes of
    /// `input` were used. Pass the rest again: it may be empty, since decoded bytes can wait inside.
    ///
    /// A result of nothing used and nothing appended means that all of `input` was used and that more is needed.
    /// Throws `invalidSource` for damaged data, and for data after the end.
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

    /// Checks that the stream ended where the input did. Throws `invalidSource` if it is truncated.
    public func finish() throws(ColonnadeError) {
        guard isAtEnd else {
            throw failure("the \(container.name) data is truncated: it ends after \(producedCount) decoded bytes")
        }
    }

    /// Returns how many bytes of zero are at the front of what follows a gzip member: gzip ignores them.
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

    /// One call of zlib.
    private mutating func step(
        _ input: Span<UInt8>, capacity: Int, appendingTo output: inout [UInt8]
    ) throws(ColonnadeError) -> (taken: Int, given: Int) {
        // Room is made in pieces, so that a large limit costs nothing when the data is small.
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
        // The message is a C string within zlib.
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
