// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore

/// The files of pictures or audio that the values of a key are, or name.
struct EncodedFiles: Sendable {
    let key: String
    /// The files that the values name; nil if the values are the files.
    private let files: NamedFiles?
    /// The largest size in bytes of a file that is read completely for its header.
    static let smallFile = 1 << 18

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

    /// The folder where paths start; nil if the values are the files.
    var folder: String? { files?.folder }

    /// Returns the file of a value: a list of uint8.
    func contents(
        _ value: Tensor, from pool: TensorPool, mappedSize: Int = .max
    ) throws(ColonnadeError) -> Tensor {
        guard let files else { return value.viewed(as: .uint8) }
        return try files.contents(value, from: pool, limit: limit, mappedSize: mappedSize)
    }

    /// Calls `body`. Its errors name the file of the value, if the value names one.
    func naming<Result>(
        _ value: Tensor, _ body: () throws(ColonnadeError) -> Result
    ) throws(ColonnadeError) -> Result {
        do throws(ColonnadeError) {
            return try body()
        } catch {
            guard let files else { throw error }
            throw error.prefixed("\(try files.path(value).readableFileName): ")
        }
    }

    /// Calls `body` with the bytes of the file of a value. An error of `body` names the file.
    func read<Result>(
        _ value: Tensor, from pool: TensorPool, _ body: (Span<UInt8>) throws(ColonnadeError) -> Result
    ) throws(ColonnadeError) -> Result {
        let contents = try contents(value, from: pool)
        return try naming(value) { () throws(ColonnadeError) in try contents.withSpan(as: UInt8.self, body) }
    }
}
