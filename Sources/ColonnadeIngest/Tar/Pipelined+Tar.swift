// SPDX-License-Identifier: Apache-2.0

public import Colonnade
import ColonnadeCore

extension Pipelined {
    /// Adds the contents of a file in a tar archive, as uint8 of any length. The archive is not unpacked: its headers are read by
    /// this call, and then each sample costs one read at the place of its file.
    ///
    ///     try Buffer.files(ofTar: "train.tar")
    ///         .readingMember("file", ofTar: "train.tar", as: "image")
    ///
    /// Names are compared by their bytes. A name such as `../x` or `/x` is no path of the system: it names the member that is called
    /// so.
    ///
    /// - Parameters:
    ///   - key: bytes or a string, before `batched`: the name of a regular file in the archive.
    ///   - path: the archive, which is not compressed.
    ///   - prefix: a folder in the archive, where names that do not begin with `/` start.
    ///   - expandingNested: see `Buffer.files(ofTar:expandingNested:)`.
    ///   - outputKey: the key of the contents.
    /// - Throws: `unknownKey`, `fileNotFound`, `system`, `invalidArgument` if the value is not bytes or text; `invalidSource` for a
    ///   file that is no tar archive, or a damaged one. While running, `invalidSource` if no file has the name, or if the archive
    ///   has changed.
    public func readingMember(
        _ key: String, ofTar path: String, prefix: String = "", expandingNested: Bool = false, as outputKey: String
    ) throws(ColonnadeError) -> Self {
        let archive = try TarArchive(path: path, isNested: expandingNested)
        return try readingMember(key, [], prefix: prefix, as: outputKey) { _ throws(ColonnadeError) in archive }
    }

    /// Adds the contents of a file in the tar archive that each sample names. See `readingMember(_:ofTar:prefix:expandingNested:as:)`.
    ///
    /// The headers of an archive are read when a sample names it first, and stay in memory.
    ///
    /// - Parameters:
    ///   - key: bytes or a string, before `batched`: the name of a regular file in the archive.
    ///   - archiveKey: bytes or a string: the path of the archive.
    ///   - folder: where paths of archives that do not begin with `/` start. Archives outside of it are refused, unless it is empty.
    ///   - prefix: a folder in the archive, where names that do not begin with `/` start.
    ///   - expandingNested: see `Buffer.files(ofTar:expandingNested:)`.
    ///   - outputKey: the key of the contents.
    public func readingMember(
        _ key: String, ofTarNamedBy archiveKey: String, folder: String = "", prefix: String = "",
        expandingNested: Bool = false, as outputKey: String
    ) throws(ColonnadeError) -> Self {
        let files = try NamedFiles(archiveKey, in: schema, folder: folder)
        let archives = TarArchives(isNested: expandingNested)
        return try readingMember(key, [archiveKey], prefix: prefix, as: outputKey) { (values) throws(ColonnadeError) in
            let path = try files.path(values[1])
            return try archives.archive(at: path) { () throws(ColonnadeError) in try files.open(path) }
        }
    }

    private func readingMember(
        _ key: String, _ others: [String], prefix: String, as outputKey: String,
        of archive: @escaping @Sendable ([Tensor]) throws(ColonnadeError) -> TarArchive
    ) throws(ColonnadeError) -> Self {
        try NamedFiles.checkIsBytes(try schema.field(named: key))
        let slash = UInt8(ascii: "/")
        var prefix = prefix.fileNameBytes
        if let last = prefix.last, last != slash { prefix.append(slash) }
        return try computing(
            [key] + others, to: Field(outputKey, .uint8, [nil]), label: "read from tar(\(key))"
        ) { [prefix] (values, pool) throws(ColonnadeError) in
            let name = values[0].rawBytes
            do throws(ColonnadeError) {
                return try archive(values).contents(of: name.first == slash ? name : prefix + name, from: pool)
            } catch {
                throw error.namingFile
            }
        }
    }
}
