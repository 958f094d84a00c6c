// SPDX-License-Identifier: Apache-2.0

public import Colonnade

extension Stream {
    /// A function that decompresses the bytes of a file. It is called for files that are compressed by another method than gzip;
    /// `name` is their name in messages.
    public typealias Unpacking = @Sendable (_ bytes: [UInt8], _ name: String) throws -> [UInt8]

    /// Makes a stream of the lines of a file, one sample each. Gzip is recognised and decoded.
    ///
    ///     let lines = try Stream.lines("corpus.txt.gz", key: "text")
    ///
    /// The one key has the line as `bytes` (uint8 [nil]), without the LF that ends it; a CR before that stays. A blank line is
    /// an empty value. The last line needs no LF. The mark that may begin UTF-8 is left out.
    ///
    /// A pass reads from the front, in pieces: memory is bounded by the longest line, which may have 64 MiB. To resume, the
    /// lines before are read again: O(n).
    ///
    /// Throws `fileNotFound`, `system`, `invalidSource` for a folder, a pipe or UTF-16, and `invalidArgument` for an empty key.
    /// While running, `invalidSource` for damaged gzip or too long a line, which is the end.
    public static func lines(_ path: String, key: String) throws(ColonnadeError) -> Stream {
        try lines(.file(path), key: key)
    }

    /// Makes a stream of the lines of text in memory. See `lines(_:key:)`.
    public static func lines(text: String, key: String) throws(ColonnadeError) -> Stream {
        try lines(bytes: Array(text.utf8), name: "text", key: key)
    }

    /// Makes a stream of the lines of a file whose bytes are in memory; errors call it `name`.
    public static func lines(bytes: [UInt8], name: String = "bytes", key: String) throws(ColonnadeError) -> Stream {
        try lines(.bytes(bytes, name: name), key: key)
    }

    /// Replaces each sample by the lines of the file that `key` names. See `lines(_:key:)`.
    ///
    /// - Parameters:
    ///   - key: bytes or a string: the path of a file.
    ///   - folder: where paths that do not begin with `/` start. Files outside of it are refused, unless it is empty.
    ///   - outputKey: the key of the lines.
    ///   - unpacking: called for files that begin as those of bzip2, xz or zstd do. If nil, they are an error.
    /// - Throws: `unknownKey`; `invalidArgument` where the value is no bytes. While running, also `fileNotFound`: the pass then
    ///   continues with the next file.
    public func lines(
        fromFile key: String, folder: String = "", as outputKey: String, unpacking: Unpacking? = nil
    ) throws(ColonnadeError) -> Stream {
        try lines(try TextValue(key, in: schema, .path(folder: folder), unpacking), as: outputKey)
    }

    /// Replaces each sample by the lines of the file whose bytes are the value of `key`, such as a file of an archive.
    public func lines(
        fromBytes key: String, as outputKey: String, unpacking: Unpacking? = nil
    ) throws(ColonnadeError) -> Stream {
        try lines(try TextValue(key, in: schema, .content, unpacking), as: outputKey)
    }

    /// Makes a stream of the lines of an input. `readSize` is for tests.
    package static func lines(
        _ input: TextInput, key: String, readSize: Int = 1 << 20
    ) throws(ColonnadeError) -> Stream {
        let lines = LineRecords(input, try Schema([Field(key, kind: .bytes)]), readSize: readSize)
        // A file that cannot be read is an error here, and not in the middle of a pass.
        _ = try lines.open()
        return Stream(lines)
    }

    private func lines(_ value: TextValue, as outputKey: String) throws(ColonnadeError) -> Stream {
        let schema = try Schema([Field(outputKey, kind: .bytes)])
        return try flatMap(giving: schema.fields) { sample in
            Stream(LineRecords(try value.input(sample), schema))
        }
    }
}
