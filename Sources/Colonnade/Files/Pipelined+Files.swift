// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

extension Pipelined {
    /// Replaces the path of a file by the contents of the file, as bytes.
    ///
    /// - Parameters:
    ///   - key: bytes or a string, before `batched`: the path of a regular file.
    ///   - folder: where paths that do not begin with `/` start. Files outside of it are refused, unless it is empty.
    ///   - outputKey: the key of the contents, if the path itself must stay.
    /// - Throws: `unknownKey`; `invalidArgument` if the value is not bytes or text. While running, `fileNotFound`, `invalidSource`
    ///   for a folder, pipe, socket or device, or `system`.
    public func loadingFile(
        _ key: String, folder: String = "", as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        let files = try NamedFiles(key, in: schema, folder: folder)
        return try computing(
            [key], to: Field(outputKey ?? key, kind: .bytes), label: "load file(\(key))"
        ) { (values, pool) throws(ColonnadeError) in try files.contents(values[0], from: pool) }
    }
}
