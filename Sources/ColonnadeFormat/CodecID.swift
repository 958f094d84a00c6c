// SPDX-License-Identifier: Apache-2.0

/// How the bytes of a column are stored, with the numbers of the format.
public enum CodecID: UInt8, Sendable, Hashable, CaseIterable {
    /// As they are: mapped, and read without a copy.
    case plain = 0
    /// In blocks of 65,536 bytes, each a zlib stream that can be decoded alone.
    case zlib = 1

    public var name: String { String(describing: self) }

    public init?(name: String) {
        guard let match = CodecID.allCases.first(where: { $0.name == name }) else { return nil }
        self = match
    }
}
