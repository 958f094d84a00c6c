// SPDX-License-Identifier: Apache-2.0

import Colonnade
package import ColonnadeCore
import ColonnadeSystem

/// A tar archive in a file, whose members are read at their places. Nothing is unpacked.
package final class TarArchive: Sendable {
    package let path: String
    package let index: TarIndex
    private let version: RegularFile.Version

    /// Reads all headers. Throws `fileNotFound`, `system`, and `invalidSource` for a file that is no tar archive or is damaged.
    /// O(members).
    package convenience init(path: String, isNested: Bool) throws(ColonnadeError) {
        try self.init(try RegularFile(path: path), isNested: isNested)
    }

    /// Reads all headers of an open file. Its members are read from the file at its path only while that is this file, unchanged.
    init(_ file: borrowing RegularFile, isNested: Bool) throws(ColonnadeError) {
        path = file.path
        version = file.version
        index = try TarIndex(file.path, byteCount: file.byteCount, isNested: isNested) {
            (range) throws(ColonnadeError) in
            try file.read(range)
        }
    }

    /// Returns the contents of a member, as uint8. Throws `invalidSource` if no file has the name, or if the archive has changed;
    /// `fileNotFound`, `system`, `outOfMemory`. O(bytes).
    package func contents(of name: [UInt8], from pool: TensorPool) throws(ColonnadeError) -> Tensor {
        guard let range = index.range(of: name) else { throw missing(name) }
        // The archive is opened for each member, so that thousands of archives need no descriptors.
        let file = try RegularFile(path: path)
        guard file.version == version else {
            throw ColonnadeError(
                .invalidSource, "the archive has changed since its headers were read: make the buffer or stream again",
                at: .file(path))
        }
        return try file.read(range, from: pool)
    }

    private func missing(_ name: [UInt8]) -> ColonnadeError {
        let here = Array("./".utf8)
        let other = name.starts(with: here) ? Array(name.dropFirst(2)) : here + name
        let hint =
            index.range(of: other) == nil
            ? "it has \(index.names.count) files, and a name must be one of them"
            : "its name there is \"\(readable(other))\""
        return ColonnadeError(
            .invalidSource, "no file of the archive is called \"\(readable(name))\": \(hint)", at: .file(path))
    }

    private func readable(_ name: [UInt8]) -> String { String(fileName: name).readableFileName }
}
