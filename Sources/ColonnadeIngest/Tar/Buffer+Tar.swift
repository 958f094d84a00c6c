// SPDX-License-Identifier: Apache-2.0

public import Colonnade
import ColonnadeCore

extension Buffer {
    /// Makes a buffer of the names of the regular files in a tar archive, as bytes under the key `file`, in the order of the
    /// archive. Their contents are not read: see `readingMember(_:ofTar:prefix:expandingNested:as:)`.
    ///
    /// All forms of names are read: those of ustar, GNU and PAX. Folders, symbolic links, devices and pipes are left out. A hard link
    /// has the contents of its target. A name that occurs
    /// several times is listed once, and its last member counts. Names such as `../x` are returned as they are; do not use them as
    /// paths.
    ///
    /// - Parameters:
    ///   - path: the archive, which is not compressed.
    ///   - expandingNested: whether the files of members that end in `.tar` are listed in their place, as in a folder of that name
    ///     without `.tar`.
    /// - Throws: `fileNotFound`, `system`, and `invalidSource` with the offset for a file that is no tar archive, is damaged or
    ///   truncated, has files with holes (sparse), or hard links to files that it does not have. O(members).
    public static func files(
        ofTar path: String, expandingNested: Bool = false
    ) throws(ColonnadeError) -> Buffer {
        try files(of: try TarArchive(path: path, isNested: expandingNested).index)
    }

    /// Makes a buffer of the names in an index.
    package static func files(of index: TarIndex) throws(ColonnadeError) -> Buffer {
        // The names share one block of memory.
        let all = Tensor(index.names.flatMap { $0 })
        var end = 0
        let names = index.names.map { name in
            defer { end += name.count }
            return Tensor(dtype: .uint8, shape: [name.count], storage: all.storage, byteOffset: end)
        }
        return Buffer(try Schema([Field("file", kind: .bytes)]), names.count, columns: [.rows(names)])
    }
}
