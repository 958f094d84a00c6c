// SPDX-License-Identifier: Apache-2.0

import CColonnadeImages
import ColonnadeCore

extension JPEG {
    /// The number of units of blocks from one entry point of a row to the next.
    private static let unitsBetweenEntryPoints = 16

    /// The size of the blocks of a unit in pixels, in each direction.
    private static let blockSize = 8

    /// The least number of bytes of a file for each byte of its entry points. Small files are decoded quickly without.
    private static let leastFileBytes = 16

    /// Appends the entry points of a file. Appends nothing for a file without, and for one that is too small for them.
    ///
    /// Returns whether the headers and the code of the file were read to their end without a mistake, or were not read; otherwise they
    /// may be damaged.
    /// Throws `outOfMemory`.
    @discardableResult
    static func appendEntryPoints(of file: Span<UInt8>, to bytes: inout [UInt8]) throws(ColonnadeError) -> Bool {
        guard file.count > 2, file[0] == 0xFF, file[1] == 0xD8, let header = try? ImageHeader(of: file) else {
            return true
        }
        let rows = (header.height + blockSize - 1) / blockSize
        let inRow = (header.width + blockSize * unitsBetweenEntryPoints - 1) / (blockSize * unitsBetweenEntryPoints)
        let most = Int(COLONNADE_JPEG_ENTRIES_HEADER) + rows * inRow * Int(COLONNADE_JPEG_ENTRY)
        let (found, isCorrect) = try entryPoints(
            of: file, every: UInt32(unitsBetweenEntryPoints), most: min(most, file.count / leastFileBytes))
        bytes += found
        return isCorrect
    }

    /// Returns the entry points of a file with the distance and the size of other ones, which are not trusted; no bytes if the
    /// file has none of that size.
    ///
    /// Throws `outOfMemory`.
    static func entryPoints(of file: Span<UInt8>, like other: [UInt8]) throws(ColonnadeError) -> [UInt8] {
        guard other.count > Int(COLONNADE_JPEG_ENTRIES_HEADER) else { return [] }
        let distance = (0..<4).reduce(UInt32(0)) { $0 | UInt32(other[$1]) << (8 * $1) }
        return try entryPoints(of: file, every: distance, most: other.count).list
    }

    private static func entryPoints(
        of file: Span<UInt8>, every distance: UInt32, most: Int
    ) throws(ColonnadeError) -> (list: [UInt8], isCorrect: Bool) {
        guard most > 0, !file.isEmpty else { return ([], true) }
        var list = [UInt8](repeating: 0, count: most)
        var message = [CChar](repeating: 0, count: Int(COLONNADE_IMAGE_MESSAGE))
        var used = 0
        let result = unsafe file.withUnsafeBufferPointer { file in
            unsafe list.withUnsafeMutableBufferPointer { list in
                unsafe message.withUnsafeMutableBufferPointer { text in
                    unsafe colonnade_jpeg_index(
                        file.baseAddress!, file.count, distance, list.baseAddress!, list.count, &used,
                        text.baseAddress!)
                }
            }
        }
        guard result != Int32(COLONNADE_IMAGE_NO_MEMORY) else {
            throw ColonnadeError(.outOfMemory, "there is no memory to find the entry points of a picture")
        }
        list.removeLast(list.count - used)
        return (list, result == Int32(COLONNADE_IMAGE_DONE))
    }
}
