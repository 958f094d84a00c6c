// SPDX-License-Identifier: Apache-2.0

/// The codec of a column's bytes, with its number in the format.
public enum CodecID: UInt8, Sendable, Hashable, CaseIterable {
    /// Plain bytes, which are mapped and read without a copy.
    case plain = 0
    /// Blocks of 65,536 bytes; each is a zlib stream that can be decoded alone.
    case zlib = 1

    public var name: String { String(describing: self) }

    public init?(name: String) {
        guard let match = CodecID.allCases.first(where: { $0.name == name }) else { return nil }
        self = match
    }
}
