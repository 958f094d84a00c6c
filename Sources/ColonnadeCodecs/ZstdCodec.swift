// SPDX-License-Identifier: Apache-2.0

import CZstd
import Synchronization

/// The codec that stores each block as one Zstandard frame (RFC 8878) of a single segment.
@safe
package final class ZstdCodec: BlockCodec {
    private let level: Int32
    private var encoder: OpaquePointer?
    private var decoder: OpaquePointer?

    /// The address of the state of a decoder that is not in use, or 0. The state has about a hundred kilobytes, so that a
    /// program that reads single rows keeps it.
    private static let idleDecoder = Atomic(0)

    package init(level: Int = 3) { self.level = Int32(level) }

    deinit {
        unsafe ZSTD_freeCCtx(encoder)
        guard let decoder = unsafe decoder else { return }
        let address = Int(bitPattern: decoder)
        if !Self.idleDecoder.compareExchange(expected: 0, desired: address, ordering: .acquiringAndReleasing).exchanged
        {
            unsafe ZSTD_freeDCtx(decoder)
        }
    }

    package func encode(_ block: RawSpan, appendingTo output: inout [UInt8]) -> Bool {
        if unsafe encoder == nil {
            unsafe encoder = ZSTD_createCCtx()
            unsafe precondition(encoder != nil, "no memory for the state of an encoder")
        }
        return unsafe output.append(shorterFormOf: block) { source, memory in
            let length = unsafe ZSTD_compressCCtx(
                encoder, memory.baseAddress, memory.count, source.baseAddress, source.count, level)
            // A block that does not become shorter is stored plain, and also one that the library makes another form of frame of.
            guard ZSTD_isError(length) == 0 else {
                precondition(ZSTD_getErrorCode(length) == ZSTD_error_dstSize_tooSmall, "zstd cannot compress")
                return nil
            }
            let frame = unsafe UnsafeRawBufferPointer(start: memory.baseAddress, count: length)
            return unsafe isFrame(frame, source.count) ? length : nil
        }
    }

    package func decode(_ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Bool {
        guard unsafe isFrame(bytes, output.count) else { return false }
        if unsafe decoder == nil {
            let address = Self.idleDecoder.exchange(0, ordering: .acquiringAndReleasing)
            unsafe decoder = OpaquePointer(bitPattern: address) ?? ZSTD_createDCtx()
            unsafe precondition(decoder != nil, "no memory for the state of a decoder")
        }
        return unsafe ZSTD_decompressDCtx(decoder, output.baseAddress, output.count, bytes.baseAddress, bytes.count)
            == output.count
    }

    /// Returns whether bytes begin as one frame of this length that the format allows: a single segment, whose header states its
    /// length, without dictionary and checksum. The library would accept several frames, and frames of older versions.
    @unsafe private func isFrame(_ bytes: UnsafeRawBufferPointer, _ length: Int) -> Bool {
        guard bytes.count > 5, unsafe bytes.loadUnaligned(as: UInt32.self) == UInt32(ZSTD_MAGICNUMBER).littleEndian,
            unsafe bytes[4] & 0x3F == 0x20
        else { return false }
        return unsafe ZSTD_getFrameContentSize(bytes.baseAddress, bytes.count) == UInt64(length)
            && ZSTD_findFrameCompressedSize(bytes.baseAddress, bytes.count) == bytes.count
    }
}
