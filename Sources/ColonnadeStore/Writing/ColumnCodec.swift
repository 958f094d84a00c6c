// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeFormat

/// The codec of a column of a new file, and its level.
///
///     options.codecs = ["text": .zstd, "tokens": .lz4]
///     options.defaultCodec = try ColumnCodec(.zstd, level: 9)
public struct ColumnCodec: Sendable, Hashable {
    public let id: CodecID
    /// The level of compression; 0 for plain, which has none.
    public let level: Int

    /// Chooses the default level of a codec.
    init(defaultOf id: CodecID) {
        self.id = id
        level = id.defaultLevel
    }

    /// Plain bytes, which are mapped and read without a copy.
    public static let plain = ColumnCodec(defaultOf: .plain)
    /// zlib with level 6. Prefer `zstd`, which decodes rows in random order many times as fast.
    public static let zlib = ColumnCodec(defaultOf: .zlib)
    /// zstd with level 3.
    public static let zstd = ColumnCodec(defaultOf: .zstd)
    /// LZ4 with level 1. It compresses less than `zstd`, and rows in random order are decoded several times as fast.
    public static let lz4 = ColumnCodec(defaultOf: .lz4)

    /// Chooses a codec, and perhaps one of its `levels`. Throws `invalidArgument` for a level that the codec does not have.
    public init(_ id: CodecID, level: Int? = nil) throws(ColonnadeError) {
        if let level, level != id.defaultLevel, id.levels?.contains(level) != true {
            throw Self.unknownLevel(of: id, level, "")
        }
        self.id = id
        self.level = level ?? id.defaultLevel
    }

    /// Reads the name of a codec, perhaps with a level, such as `zstd` or `zstd:9`. Throws `invalidArgument` for other texts.
    ///
    /// - Parameters:
    ///   - text: the name.
    ///   - column: the name of the column, for the message.
    package init(_ text: String, column: String) throws(ColonnadeError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let id = CodecID(name: String(parts[0])) else {
            throw ColonnadeError(
                .invalidArgument,
                "the codec of \"\(column)\" is \"\(text)\": it must be plain, zlib, zstd or lz4, perhaps with a level as in zstd:9"
            )
        }
        guard parts.count > 1 else {
            self.init(defaultOf: id)
            return
        }
        // A level has one spelling: `+3` and `03` are refused.
        guard let level = Int(parts[1]), String(level) == parts[1], id.levels?.contains(level) == true else {
            throw Self.unknownLevel(of: id, parts[1], " of the codec of \"\(column)\"")
        }
        try self.init(id, level: level)
    }

    private static func unknownLevel(
        of id: CodecID, _ level: some CustomStringConvertible, _ place: String
    ) -> ColonnadeError {
        let levels = id.levels.map { "has levels \($0.lowerBound) to \($0.upperBound)" } ?? "has no levels"
        return ColonnadeError(.invalidArgument, "the level\(place) is \"\(level)\": \(id.name) \(levels)")
    }
}

extension WriterOptions {
    /// Sets the codecs of columns by the texts that `ColumnCodec` reads; `*` means all other columns. Throws `invalidArgument`.
    package mutating func set(codecs: NameMap<String>) throws(ColonnadeError) {
        for (column, text) in codecs {
            let codec = try ColumnCodec(text, column: column)
            if column == "*" { defaultCodec = codec } else { self.codecs[column] = codec }
        }
    }

    /// Returns the codec of a column.
    func codec(ofColumn name: String) -> ColumnCodec { codecs[name] ?? defaultCodec }
}
