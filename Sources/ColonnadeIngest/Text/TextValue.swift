// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore

/// A key of samples whose values are files of text, or say where these are.
struct TextValue: Sendable {
    enum Meaning: Sendable {
        case path(folder: String)
        case content
    }

    private let key: String
    /// Nil if the values are the files themselves.
    private let files: NamedFiles?
    private let unpacking: Stream.Unpacking?

    /// Throws `unknownKey`, and `invalidArgument` unless the values are lists of bytes.
    init(
        _ key: String, in schema: Schema, _ meaning: Meaning, _ unpacking: Stream.Unpacking?
    ) throws(ColonnadeError) {
        switch meaning {
        case .path(let folder): files = try NamedFiles(key, in: schema, folder: folder)
        case .content:
            try NamedFiles.checkIsBytes(try schema.field(named: key))
            files = nil
        }
        self.key = key
        self.unpacking = unpacking
    }

    func input(_ sample: Sample) throws(ColonnadeError) -> TextInput {
        let input = try packed(sample)
        return try unpacking.map { (unpacking) throws(ColonnadeError) in try input.unpacked(by: unpacking) } ?? input
    }

    private func packed(_ sample: Sample) throws(ColonnadeError) -> TextInput {
        let tensor = try sample.tensor(key)
        if let files {
            let path = try files.path(tensor)
            return .file(path, in: try files.located(path))
        }
        return .bytes(tensor.rawBytes, name: "the bytes of \"\(key)\"")
    }
}
