// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
package import ColonnadeSystem

/// The input of a source of text: a file or memory, either of which may be gzipped.
package enum TextInput: Sendable {
    /// A file by its path, and by its place in a folder that it must not leave, or nil.
    case file(String, in: FolderPlace? = nil)
    case bytes([UInt8], name: String)

    /// The name of the input in messages.
    var name: String {
        switch self {
        case .file(let path, _): path
        case .bytes(_, let name): name
        }
    }

    /// Returns the input unpacked by `unpacking` where it is compressed by another method than gzip; otherwise the input.
    ///
    /// Throws `userFunction` for an error of `unpacking`, unless it is a `ColonnadeError`; `fileNotFound`, `system`.
    func unpacked(by unpacking: Stream.Unpacking) throws(ColonnadeError) -> TextInput {
        var bytes: [UInt8]
        switch self {
        case .bytes(let memory, _):
            bytes = memory
            guard ByteStream.otherCompression(memory) != nil else { return self }
        case .file(let path, let place):
            bytes = []
            var file = try FileReader(path: path, in: place)
            // A pipe gives its first bytes once.
            guard file.byteCount != nil else { return self }
            try file.read(upTo: ByteStream.headCount, appendingTo: &bytes)
            guard ByteStream.otherCompression(bytes) != nil else { return self }
            try file.read(upTo: .max, appendingTo: &bytes)
        }
        do {
            return .bytes(try unpacking(bytes, name), name: name)
        } catch let error as ColonnadeError {
            throw error
        } catch {
            throw ColonnadeError(
                .userFunction, "what unpacks \(name) threw \(error)", at: .file(name), underlying: error)
        }
    }
}
