// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import Testing

@Suite struct ForeverConstantsTests {
    @Test func `constants of the format that never change`() {
        #expect(ForeverConstants.magic == [0x89, 0x43, 0x4F, 0x4C, 0x4E, 0x0D, 0x0A, 0x1A])
        #expect(ForeverConstants.trailerMagic == Array("COLNFOOT".utf8))
        #expect(ForeverConstants.majorVersion == 1)
        #expect(
            [
                ForeverConstants.headerSize, ForeverConstants.commitSlotSize, ForeverConstants.prologueSize,
                ForeverConstants.trailerSize, ForeverConstants.alignment, ForeverConstants.codecBlockSize,
            ] == [64, 32, 128, 32, 64, 65_536])
        #expect(ForeverConstants.varyingDimension == 0xFFFF_FFFF_FFFF_FFFF)
        #expect(ForeverConstants.noGroup == 0xFFFF_FFFF)
        #expect(ForeverConstants.requiredAttribute == 32_768)
        #expect(DType.allCases.map(\.rawValue) == Array(1...13))
        #expect(
            DType.allCases.map(\.name) == [
                "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float16", "bfloat16",
                "float32", "float64", "bool",
            ])
        #expect(CodecID.allCases.map { "\($0) \($0.rawValue)" } == ["plain 0", "zlib 1", "zstd 2", "lz4 3"])
        #expect([Field.Kind.tensor, .bytes, .string].map(\.rawValue) == [0, 1, 2])
    }

    @Test func `the header has these bytes`() {
        let header = FileHeader.encoded()
        #expect(header.count == 64)
        #expect(header[..<12] == [0x89, 0x43, 0x4F, 0x4C, 0x4E, 0x0D, 0x0A, 0x1A, 1, 0, 0, 0])
        #expect(header[12..<60].allSatisfy { $0 == 0 })
        #expect(header[60...] == [0x73, 0x2C, 0x02, 0xE7])
    }

    @Test func `a checksum is CRC-32C`() {
        #expect(Checksum.of(Array("123456789".utf8)) == 0xE306_9283)
        #expect(Checksum.of([UInt8]()) == 0)
        #expect(Checksum.of([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(Checksum.of([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(Checksum.of(Array(0..<32)) == 0x46DD_794E)
    }

    @Test func `rounding up to 64 does not overflow`() {
        #expect([0, 1, 63, 64, 65].map { aligned($0) } == [0, 64, 64, 64, 128])
        #expect(aligned(Int.max) == nil)
        #expect(aligned(Int.max - 63) == Int.max - 63)
        #expect(aligned(Int.max - 62) == nil)
    }

    @Test func `a product is limited also after a zero, in any order`() {
        let large = 1 << 40
        #expect(FormatLimits.fits([], of: .float64))
        #expect(FormatLimits.fits([large], of: .uint8))
        #expect(!FormatLimits.fits([large], of: .uint16))
        for dims in [
            [0, large, 2], [large, 0, 2], [large, 2, 0], [large, large, large], [-1], [large + 1], [Int.max],
        ] {
            #expect(!FormatLimits.fits(dims, of: .uint8), "\(dims)")
        }
        #expect(FormatLimits.fits([0, large, 1, 0], of: .uint8))
    }
}
