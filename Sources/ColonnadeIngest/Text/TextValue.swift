// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeSystem

/// A key of samples whose values are files of text, or say where these are.
struct TextValue: Sendable {
    enum Meaning: Sendable {
        case path(folder: String)
        case content
    }

    private let key: String
    private let meaning: Meaning
    private let unpacking: Stream.Unpacking?

    /// Throws `unknownKey`, and `invalidArgument` unless the values are lists of bytes.
    init(
        _ key: String, in schema: Schema, _ meaning: Meaning, _ unpacking: Stream.Unpacking?
    ) throws(ColonnadeError) {
        let field = try schema.field(named: key)
        guard field.shape.count == 1, field.dtype == .uint8 || field.dtype == .int8 else {
            throw ColonnadeError(
                .invalidArgument, "\"\(key)\" is \(field.typeDescription); a file or its path is bytes or a string")
        }
        self.key = key
        self.meaning = meaning
        self.unpacking = unpacking
    }

    func input(_ sample: Sample) throws(ColonnadeError) -> TextInput {
        let input = try packed(sample)
        return try unpacking.map { (unpacking) throws(ColonnadeError) in try input.unpacked(by: unpacking) } ?? input
    }

    private func packed(_ sample: Sample) throws(ColonnadeError) -> TextInput {
        let tensor = try sample.tensor(key)
        let bytes =
            tensor.dtype == .int8
            ? try tensor.elements(as: Int8.self).map { UInt8(bitPattern: $0) } : try tensor.elements(as: UInt8.self)
        guard case .path(let folder) = meaning else { return .bytes(bytes, name: "the bytes of \"\(key)\"") }
        guard !bytes.isEmpty, !bytes.contains(0) else {
            throw ColonnadeError(
                .invalidSource, "the value of \"\(key)\" is not a path: \(String(quoting: bytes.span))")
        }
        let path = String(fileName: bytes)
        if folder.isEmpty { return .file(path) }
        let isWhole = path.utf8.first == UInt8(ascii: "/")
        let file = isWhole ? path : folder.utf8.last == UInt8(ascii: "/") ? folder + path : "\(folder)/\(path)"
        try checkInside(file, folder)
        return .file(file)
    }

    /// Throws `invalidSource` for a file that lies outside of the folder, once links and `..` are followed: the names are data,
    /// which could otherwise name any file. A file that does not exist is an error when it is opened.
    private func checkInside(_ file: String, _ folder: String) throws(ColonnadeError) {
        guard let real = Syscalls.realPath(file), let root = Syscalls.realPath(folder) else { return }
        let prefix = root.utf8.last == UInt8(ascii: "/") ? root : root + "/"
        guard !real.utf8.starts(with: prefix.utf8) else { return }
        throw ColonnadeError(
            .invalidSource,
            "\"\(key)\" names it, and it is outside of the folder where paths start: give no folder if samples may name any "
                + "file", at: .file(file))
    }
}
