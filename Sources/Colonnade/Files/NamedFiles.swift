// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore
package import ColonnadeSystem

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

    /// Returns the path that a value names, which may lie outside of the folder: `open` and `located` check it. Throws `invalidSource`
    /// for a value that is no path.
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
        return folder.isEmpty || bytes[0] == UInt8(ascii: "/") ? path : NamedFiles.base(folder) + path
    }

    private static func base(_ folder: String) -> String {
        folder.utf8.last == UInt8(ascii: "/") ? folder : folder + "/"
    }

    /// Returns the folder and a path in it, both without links and `..`; nil if the file does not exist, which is an error when it is
    /// opened. Throws `invalidSource` for a file outside of the folder.
    private func resolved(_ file: String) throws(ColonnadeError) -> FolderPlace? {
        guard let root = Syscalls.realPath(folder) else {
            throw ColonnadeError(
                .fileNotFound, "there is no such folder, where the paths of \"\(key)\" start: check the path",
                at: .file(folder))
        }
        guard let real = Syscalls.realPath(file) else { return nil }
        if let name = NamedFiles.name(real, in: root) { return (root, name) }
        throw ColonnadeError(
            .invalidSource,
            "\"\(key)\" names it, and it is outside of the folder where paths start: give no folder if samples may name any "
                + "file", at: .file(file))
    }

    /// Returns the rest of a path that begins with a folder; nil if it does not.
    package static func name(_ file: String, in folder: String) -> String? {
        let (file, start) = (file.fileNameBytes, base(folder).fileNameBytes)
        return file.starts(with: start) ? String(fileName: Array(file.dropFirst(start.count))) : nil
    }

    /// Returns the place of a file in the folder, without links and `..`, where it is opened; nil if there is no folder. Throws
    /// `fileNotFound`, `invalidSource` for a file outside of the folder, `system`.
    package func located(_ path: String) throws(ColonnadeError) -> FolderPlace? {
        if folder.isEmpty { return nil }
        if let place = try resolved(path) { return place }
        // Opening it tells why.
        _ = try RegularFile(path: path)
        throw ColonnadeError(.fileNotFound, "it did not exist a moment ago: read it again", at: .file(path))
    }

    /// Opens the file that a value names, which is inside of the folder when it is opened: another process may exchange files and links
    /// meanwhile. Throws `fileNotFound`, `invalidSource`, `system`.
    package func open(_ path: String) throws(ColonnadeError) -> RegularFile {
        if folder.isEmpty { return try RegularFile(path: path) }
        // Most names have no links, and need no resolving, which takes longer than opening.
        if let name = NamedFiles.name(path, in: folder),
            let file = try? RegularFile(path: path, in: (folder, name))
        {
            return file
        }
        guard let place = try located(path) else { return try RegularFile(path: path) }
        return try RegularFile(path: path, in: place)
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
            let file = try open(path)
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
