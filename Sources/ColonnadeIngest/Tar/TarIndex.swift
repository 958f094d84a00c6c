// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore
import ColonnadeSystem

/// The regular files of a tar archive, in the order of the archive, with the places of their contents.
///
/// Folders, symbolic links, devices and pipes are left out. A hard link has the contents of its target. Names are bytes as the archive
/// has them; they are no paths of the system. If a name occurs several times, it has the place of its first member and the contents of
/// its last one, as if the archive was unpacked.
package struct TarIndex: Sendable {
    /// Reads bytes of the archive. The range is inside of it.
    package typealias Read = (_ range: Range<Int>) throws(ColonnadeError) -> [UInt8]

    package private(set) var names: [[UInt8]] = []
    /// The bytes of the contents of each name.
    package private(set) var ranges: [Range<Int>] = []
    private var indices: [[UInt8]: Int] = [:]

    /// Reads all headers of an archive. O(members).
    ///
    /// - Parameters:
    ///   - path: the name of the archive in messages.
    ///   - byteCount: the length of the archive.
    ///   - isNested: whether members whose name ends in `.tar` are archives; their members are listed in their place, as in a folder
    ///     of that name without `.tar`.
    ///   - read: reads bytes of the archive.
    /// - Throws: `invalidSource` with the offset, for an archive that is damaged, truncated, compressed, or has files with holes; for a
    ///   hard link whose target is no earlier member; and with `isNested` for a hard link to an archive.
    package init(_ path: String, byteCount: Int, isNested: Bool, read: Read) throws(ColonnadeError) {
        var scan = TarScan(path: path, isNested: isNested)
        try scan.archive(0..<byteCount, folder: [], depth: 0, read) { name, range in
            if let index = indices[name] {
                ranges[index] = range
            } else {
                indices[name] = names.count
                names.append(name)
                ranges.append(range)
            }
        }
    }

    /// Returns the bytes of the contents of a name; nil if no file has it. O(1).
    package func range(of name: [UInt8]) -> Range<Int>? { indices[name].map { ranges[$0] } }

    /// A hash of the names and places.
    package var identity: UInt64 {
        var hash = SplitMix64.mix(UInt64(names.count))
        for (name, range) in zip(names, ranges) {
            for byte in name { hash = SplitMix64.mix(hash ^ UInt64(byte)) }
            hash = SplitMix64.mix(hash ^ UInt64(range.lowerBound))
            hash = SplitMix64.mix(hash ^ UInt64(range.upperBound))
        }
        return hash
    }
}
