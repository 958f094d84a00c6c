// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// The part of an input that is in memory: complete records, and the start of the next.
///
/// A parser reads `bytes` from `index` on, advances `index` after each record, and calls `refill` when a record
/// continues beyond the end. So memory is bounded by the longest record.
struct TextWindow: ~Copyable {
    private(set) var bytes: [UInt8]
    var index = 0
    /// Whether nothing follows `bytes`.
    private(set) var isFinal: Bool
    /// Whether `refill` has thrown. Nothing more can be read then.
    private(set) var hasFailed = false
    private let name: String
    private let readSize: Int
    private var stream: ByteStream?
    /// An error of reading that is thrown after the bytes before it are parsed.
    private var failure: ColonnadeError?

    /// The longest record there may be. Longer ones come from quotes that are never closed and files that are not text.
    static let recordLimit = 64 << 20

    /// Bytes of text after which a survey asks whether to stop.
    static let interruptPeriod = 1 << 22

    /// Opens the input at its start. Throws `fileNotFound`, `invalidSource`, `system`.
    ///
    /// A small `readSize` makes records cross the borders of reads, for tests.
    static func open(_ input: TextInput, readSize: Int = 1 << 20) throws(ColonnadeError) -> TextWindow {
        var window: TextWindow
        switch input {
        case .file(let path, let place):
            // A pipe gives its bytes only once, and a schema needs all values.
            guard try FileReader(path: path, in: place).byteCount != nil else {
                throw ColonnadeError(
                    .invalidSource,
                    "it is not a regular file, and text is read more than once; write it to a file first",
                    at: .file(path))
            }
            window = TextWindow(
                name: path, readSize: readSize, bytes: [], stream: try ByteStream(path: path, in: place))
        case .bytes(let memory, let name):
            let isCompressed = try ByteStream.isCompressed(memory, name)
            window = TextWindow(
                name: name, readSize: readSize, bytes: isCompressed ? [] : memory,
                stream: isCompressed ? try ByteStream(bytes: memory, name: name) : nil)
        }
        try window.skipByteOrderMark()
        return window
    }

    private init(name: String, readSize: Int, bytes: [UInt8], stream: consuming ByteStream?) {
        self.name = name
        self.readSize = readSize
        self.bytes = bytes
        isFinal = stream == nil
        self.stream = stream
    }

    /// Drops the bytes before `index`, and reads at least as many as are left, so that a long record is read in few steps.
    /// Throws `invalidSource` when a record is longer than the limit, and errors of reading after all records before them.
    mutating func refill() throws(ColonnadeError) {
        guard !isFinal else { return }
        do throws(ColonnadeError) {
            try readMore()
        } catch {
            hasFailed = true
            throw error
        }
    }

    private mutating func readMore() throws(ColonnadeError) {
        bytes.removeSubrange(..<index)
        index = 0
        guard bytes.count < Self.recordLimit else {
            throw ColonnadeError(
                .invalidSource,
                "a record is longer than \(Self.recordLimit >> 20) MiB; a quote may not be closed, or the file is not text",
                at: .file(name))
        }
        if let failure { throw failure }
        let old = bytes.count
        do throws(ColonnadeError) {
            if try stream?.read(upTo: max(readSize, old), appendingTo: &bytes) ?? 0 == 0 { isFinal = true }
        } catch {
            failure = error
            if bytes.count == old { throw error }
        }
    }

    private mutating func skipByteOrderMark() throws(ColonnadeError) {
        while !isFinal, bytes.count < 4 { try refill() }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            index = 3
        } else if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw ColonnadeError(
                .invalidSource, "the text is UTF-16; convert it to UTF-8 first: iconv -f UTF-16 -t UTF-8",
                at: .file(name))
        }
    }
}
