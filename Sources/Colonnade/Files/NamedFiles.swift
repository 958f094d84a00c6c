// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore
import ColonnadeSystem

/// The files that the values of a key name.
package struct NamedFiles: Sendable {
    package let key: String
    /// The folder where paths that do not begin with `/` start; empty for the current folder. Unless it is empty, files outside of
    /// it are refused: the names are data, which could otherwise name any file.
    package let folder: String

    /// Throws `unknownKey`, and `invalidArgument` unless the values are bytes or text of single samples.
    package init(_ key: String, in schema: Schema, folder: String = "") throws(ColonnadeError) {
        try NamedFiles.checkIsBytes(try schema.field(named: key))
        self.key = key
        self.folder = folder
    }

    /// Throws `invalidArgument` unless each value of a field is a list of bytes.
    package static func checkIsBytes(_ field: Field) throws(ColonnadeError) {
        guard field.shape.count == 1, field.dtype == .uint8 || field.dtype == .int8 else {
            throw ColonnadeError(
                .invalidArgument,
                "\"\(field.name)\" is \(field.typeDescription); a file or its path is bytes or a string of one sample, before "
                    + "samples are batched")
        }
    }

    /// Returns the path that a value names. Throws `invalidSource` for a value that is no path, and for a file outside of the
    /// folder.
    package func path(_ value: Tensor) throws(ColonnadeError) -> String {
        let bytes = value.rawBytes
        guard !bytes.isEmpty, !bytes.contains(0) else {
            throw ColonnadeError(
                .invalidSource,
                "the value of \"\(key)\" is not a path: "
                    + (bytes.isEmpty
                        ? "it is empty" : "\"\(String(decoding: bytes.prefix(80), as: UTF8.self))\" has a zero byte"))
        }
        let path = String(fileName: bytes)
        if folder.isEmpty { return path }
        let isWhole = bytes[0] == UInt8(ascii: "/")
        let file = isWhole ? path : folder.utf8.last == UInt8(ascii: "/") ? folder + path : "\(folder)/\(path)"
        try checkInside(file)
        return file
    }

    /// Throws `invalidSource` for a file that lies outside of the folder, once links and `..` are followed. A file that does not
    /// exist is an error when it is opened.
    private func checkInside(_ file: String) throws(ColonnadeError) {
        guard let root = Syscalls.realPath(folder) else {
            throw ColonnadeError(
                .fileNotFound, "there is no such folder, where the paths of \"\(key)\" start: check the path",
                at: .file(folder))
        }
        guard let real = Syscalls.realPath(file) else { return }
        let prefix = root.utf8.last == UInt8(ascii: "/") ? root : root + "/"
        guard !real.utf8.starts(with: prefix.utf8) else { return }
        throw ColonnadeError(
            .invalidSource,
            "\"\(key)\" names it, and it is outside of the folder where paths start: give no folder if samples may name any "
                + "file", at: .file(file))
    }

    /// Returns the contents of the file that a value names, as uint8. A file of more bytes than `mappedSize` is mapped, so that only the
    /// parts that are used are read; the caller checks `checkIntact` of the storage afterwards.
    ///
    /// Throws `fileNotFound`, `invalidSource` for anything but a regular file inside of the folder, `unsupported` for more bytes than
    /// `limit`, `system`, `outOfMemory`. The message names the file, so that the place can be the row.
    package func contents(
        _ value: Tensor, from pool: TensorPool, limit: Int = .max, mappedSize: Int = .max
    ) throws(ColonnadeError) -> Tensor {
        do throws(ColonnadeError) {
            let path = try path(value)
            let file = try RegularFile(path: path)
            guard file.byteCount <= limit else {
                throw ColonnadeError(
                    .unsupported, "it has \(file.byteCount) bytes, and \(limit) are the limit", at: .file(path))
            }
            if file.byteCount > mappedSize { return try file.mapped().tensor }
            return try file.read(0..<file.byteCount, from: pool)
        } catch {
            throw error.namingFile
        }
    }
}

extension ColonnadeError {
    /// The error with its file in the message and without a place, for errors whose place is a row.
    package var namingFile: ColonnadeError {
        guard case .file(let path, let offset) = place else { return self }
        var copy = prefixed("\(path.readableFileName)\(offset.map { ", byte \($0)" } ?? ""): ")
        copy.place = nil
        return copy
    }
}
