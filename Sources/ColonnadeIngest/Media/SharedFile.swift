// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// An open file that several threads read.
final class SharedFile: Sendable {
    private let file: RegularFile

    /// Throws `fileNotFound`, `system`, and `invalidSource` for anything but a regular file.
    init(path: String) throws(ColonnadeError) { file = try RegularFile(path: path) }

    var path: String { file.path }
    var byteCount: Int { file.byteCount }
    var version: RegularFile.Version { file.version }

    /// Returns the bytes in a range, which must be inside the file. Throws as `RegularFile.read` does.
    func read(_ range: Range<Int>) throws(ColonnadeError) -> [UInt8] { try file.read(range) }
}
