// SPDX-License-Identifier: Apache-2.0

/// Constants that never change in files of this format. A test pins every value. See `formats/colonnade-1.md`.
package enum ForeverConstants {
    package static let magic: [UInt8] = [0x89, 0x43, 0x4F, 0x4C, 0x4E, 0x0D, 0x0A, 0x1A]
    package static let trailerMagic: [UInt8] = Array("COLNFOOT".utf8)
    package static let majorVersion: UInt16 = 1
    package static let minorVersion: UInt16 = 0
    package static let headerSize = 64
    package static let commitSlotSize = 32
    /// The size of the header and both commit slots, which is the offset of the first segment.
    package static let prologueSize = 128
    package static let trailerSize = 32
    package static let alignment = 64
    /// The dimension that means "varies by row".
    package static let varyingDimension = UInt64.max
    package static let noGroup = UInt32.max
    /// The number of decoded bytes in one block of the zlib codec, and the largest number of other codecs.
    package static let codecBlockSize = 65_536
    /// The numbers of bytes before the entry points of a JPEG file, and of each of them.
    package static let entryPointsHeaderSize = 4
    package static let entryPointSize = 10
    /// The first number of required attributes: a reader refuses an unknown attribute with this number or a greater
    /// one.
    package static let requiredAttribute: UInt16 = 32_768
    /// The required feature of a manifest, a file that describes a version of a data set of many files.
    package static let fragmentsFeature: UInt32 = 1
    /// The required feature of a manifest whose fragments may have several files, and whose class labels may be others than
    /// those of the files.
    package static let columnFilesFeature: UInt32 = 2
    /// The number of the first rule of `formats/manifest-1.md`, M1.
    package static let firstManifestRule = 101
}

/// Returns `value` rounded up to a multiple of 64, or nil on overflow.
package func aligned(_ value: Int) -> Int? {
    let (sum, overflow) = value.addingReportingOverflow(ForeverConstants.alignment - 1)
    return overflow ? nil : sum & ~(ForeverConstants.alignment - 1)
}
