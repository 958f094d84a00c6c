// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore

/// The files of pictures or audio that the values of a key are, or name.
struct EncodedFiles: Sendable {
    let key: String
    /// The files that the values name; nil if the values are the files.
    private let files: NamedFiles?
    /// The largest size of a file in bytes.
    private let limit: Int

    /// Throws `unknownKey`, and `invalidArgument` unless the values are bytes of single samples.
    init(bytesOf key: String, in schema: Schema) throws(ColonnadeError) {
        try NamedFiles.checkIsBytes(try schema.field(named: key))
        self.key = key
        files = nil
        limit = .max
    }

    /// Throws `unknownKey`, and `invalidArgument` unless the values are bytes or text of single samples.
    init(filesOf key: String, in schema: Schema, folder: String, limit: Int = .max) throws(ColonnadeError) {
        self.key = key
        self.limit = limit
        files = try NamedFiles(key, in: schema, folder: folder)
    }

    /// Calls `body` with the bytes of the file of a value. An error of `body` names the file.
    func read(
        _ value: Tensor, from pool: TensorPool, _ body: (Span<UInt8>) throws(ColonnadeError) -> Tensor
    ) throws(ColonnadeError) -> Tensor {
        guard let files else { return try value.viewed(as: .uint8).withSpan(as: UInt8.self, body) }
        let contents = try files.contents(value, from: pool, limit: limit)
        do throws(ColonnadeError) {
            return try contents.withSpan(as: UInt8.self, body)
        } catch {
            throw error.prefixed("\(try files.path(value).readableFileName): ")
        }
    }
}
