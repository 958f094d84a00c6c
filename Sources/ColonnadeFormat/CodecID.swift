// SPDX-License-Identifier: Apache-2.0

/// The codec of a column's bytes, with its number in the format.
public enum CodecID: UInt8, Sendable, Hashable, CaseIterable {
    /// Plain bytes, which are mapped and read without a copy.
    case plain = 0
    /// Blocks of 65,536 bytes; each is a zlib stream that can be decoded alone.
    case zlib = 1
    /// Blocks of 4,096 to 65,536 bytes; each is a Zstandard frame that can be decoded alone.
    case zstd = 2
    /// Blocks of 4,096 to 65,536 bytes; each is an LZ4 block that can be decoded alone.
    case lz4 = 3

    public var name: String { String(describing: self) }

    public init?(name: String) {
        guard let match = CodecID.allCases.first(where: { $0.name == name }) else { return nil }
        self = match
    }

    /// The levels of compression: a higher one is slower to write and takes less space. nil for plain, which has none.
    public var levels: ClosedRange<Int>? {
        switch self {
        case .plain: nil
        case .zlib: 1...9
        case .zstd: 1...22
        case .lz4: 1...12
        }
    }

    /// The level that is used if none is chosen.
    public var defaultLevel: Int {
        switch self {
        case .plain: 0
        case .zlib: 6
        case .zstd: 3
        case .lz4: 1
        }
    }

    /// The number of bytes before the index of a compressed region.
    package var headerSize: Int { self == .zstd || self == .lz4 ? 8 : 0 }
}
