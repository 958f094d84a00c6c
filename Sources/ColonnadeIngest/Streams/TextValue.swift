// SPDX-License-Identifier: Apache-2.0

import Colonnade

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
        if folder.isEmpty || path.utf8.first == UInt8(ascii: "/") { return .file(path) }
        return .file(folder.utf8.last == UInt8(ascii: "/") ? folder + path : "\(folder)/\(path)")
    }
}
