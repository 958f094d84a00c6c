// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// What never changes in a file of this name; a test pins every value. See `formats/colonnade-1.md`.
package enum ForeverConstants {
    package static let magic: [UInt8] = [0x89, 0x43, 0x4F, 0x4C, 0x4E, 0x0D, 0x0A, 0x1A]
    package static let trailerMagic: [UInt8] = Array("COLNFOOT".utf8)
    package static let majorVersion: UInt16 = 1
    package static let minorVersion: UInt16 = 0
    package static let headerSize = 64
    package static let commitSlotSize = 32
    /// Header and both commit slots: where the first segment begins.
    package static let prologueSize = 128
    package static let trailerSize = 32
    package static let alignment = 64
    /// The dimension that stands for "varies by row".
    package static let varyingDimension = UInt64.max
    package static let noGroup = UInt32.max
    /// Decoded bytes of one block of the zlib codec.
    package static let codecBlockSize = 65_536
    /// An unknown attribute from this number on is refused.
    package static let requiredAttribute: UInt16 = 32_768
}

/// What version 1 allows (rules R13, R16, R20, R21).
package enum FormatLimits {
    package static let columns = 65_535
    package static let runs = 1 << 20
    package static let rank = 32
    /// Of a row of a group, and of one step of a variable column.
    package static let stride = 1 << 40
    package static let segmentExponent = 40
    package static let blockExponents = 12...20
    package static let metadataEntries = 65_535
    /// The largest number of bytes of all metadata keys and values together.
    package static let metadataBytes = 1 << 24

    /// Whether a row, or one step, of these dimensions stays within the limit of bytes, also when a dimension of zero is
    /// counted as one: so a product in any order stays within 64 bits.
    package static func fits(_ dimensions: some Sequence<Int>, of dtype: DType) -> Bool {
        var bytes = dtype.size
        for dim in dimensions {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: max(dim, 1))
            guard dim >= 0, !overflow, product <= stride else { return false }
            bytes = product
        }
        return true
    }
}

/// `value` rounded up to a multiple of 64; nil on overflow.
package func aligned(_ value: Int) -> Int? {
    let (sum, overflow) = value.addingReportingOverflow(ForeverConstants.alignment - 1)
    return overflow ? nil : sum & ~(ForeverConstants.alignment - 1)
}
