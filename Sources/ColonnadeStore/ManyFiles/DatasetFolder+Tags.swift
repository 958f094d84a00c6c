// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// Tags: names of versions that stay readable (manifest-1.md, section 3).
extension DatasetFolder {
    private static let tagFields = [Field("version", .uint64), Field("commit", .uint8, [16])]

    /// Throws `invalidArgument` for a text that cannot be the name of a tag or of a job.
    static func check(name: String, of what: String) throws(ColonnadeError) {
        guard 1...128 ~= name.utf8.count, name.utf8.first != UInt8(ascii: "."),
            name.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") })
        else {
            throw ColonnadeError(
                .invalidArgument,
                "a \(what) has 1 to 128 bytes without spaces and slashes, and begins with no dot, not \"\(name.escapingNUL)\""
            )
        }
    }

    private func path(ofTag tag: String) -> String { "\(tags)/\(tag).colonnade" }

    /// Returns the manifest of the newest version, of a version, or of a tag. Throws `invalidArgument` for both, and the errors
    /// of reading it.
    func manifest(version: Int?, tag: String?) throws(ColonnadeError) -> Manifest {
        guard version == nil || tag == nil else {
            throw ColonnadeError(.invalidArgument, "a version and a tag were given: give one of them")
        }
        if let tag { return try manifest(ofTag: tag) }
        guard let version else { return try newest() }
        guard version > 0 else {
            throw ColonnadeError(.invalidArgument, "versions count from 1, and \(version) was given")
        }
        if try !allVersions().contains(UInt64(version)) {
            throw ColonnadeError(
                .fileNotFound, "there is no version \(version): \(try versionsInWords())", at: .file(path))
        }
        return try manifest(UInt64(version))
    }

    private func versionsInWords() throws(ColonnadeError) -> String {
        let all = try allVersions()
        guard let first = all.first, let last = all.last else { return "it has no version yet" }
        return first == last ? "there is version \(first)" : "there are versions from \(first) to \(last)"
    }

    /// Returns the manifest of a tag. Throws `fileNotFound` if there is no such tag.
    func manifest(ofTag tag: String) throws(ColonnadeError) -> Manifest {
        try DatasetFolder.check(name: tag, of: "tag")
        let path = path(ofTag: tag)
        let dataset: StoredDataset
        do throws(ColonnadeError) {
            dataset = try StoredDataset(path: path, verification: .full)
        } catch {
            guard error.code == .fileNotFound else { throw error }
            let known = try allTags()
            throw ColonnadeError(
                .fileNotFound,
                "there is no tag \"\(tag)\"\(known.isEmpty ? "" : "; there are \(known.prefix(12).joined(separator: ", "))")",
                at: .file(self.path))
        }
        guard dataset.schema.fields == DatasetFolder.tagFields, dataset.rowCount == 1 else {
            throw ColonnadeError(.corruptFile, "it is no tag: make the tag again", at: .file(path))
        }
        let values = try dataset.row(0, columns: [0, 1])
        let version = try values[0].elements(as: UInt64.self)[0]
        let manifest = try manifest(version)
        let digits = try values[1].elements(as: UInt8.self)
        guard digits == manifest.commit.number.bytes else {
            throw ColonnadeError(
                .corruptFile, "tag \"\(tag)\" names another commit than that of version \(version): make the tag again",
                at: .file(path))
        }
        return manifest
    }

    /// Returns the manifests that tags name, by tag, and the errors of damaged tags. A tag of a version that was removed is ignored:
    /// there is nothing to keep. Throws `system`.
    func taggedManifests() throws(ColonnadeError) -> (manifests: [String: Manifest], damage: [ColonnadeError]) {
        var manifests: [String: Manifest] = [:]
        var damage: [ColonnadeError] = []
        for tag in try allTags() {
            do throws(ColonnadeError) {
                manifests[tag] = try manifest(ofTag: tag)
            } catch {
                guard [.corruptFile, .unsupported, .invalidArgument].contains(error.code) else {
                    guard error.code == .fileNotFound else { throw error }
                    continue
                }
                damage.append(error)
            }
        }
        return (manifests, damage)
    }

    /// Makes a tag, or moves it to another version. Throws `invalidArgument` for a name, `fileNotFound` for a version that
    /// does not exist, `system`.
    package func setTag(_ tag: String, version: Int?) throws(ColonnadeError) -> UInt64 {
        try DatasetFolder.check(name: tag, of: "tag")
        let manifest = try manifest(version: version, tag: nil)
        if try Syscalls.status(path: tags) == nil {
            try Syscalls.makeFolder(tags)
            try WritableFile.synchronizeFolder(path)
        }
        var options = WriterOptions()
        options.replacing = true
        let schema = try Schema(DatasetFolder.tagFields)
        var writer = try DatasetWriter(creating: path(ofTag: tag), schema: schema, options: options)
        try writer.append(
            Sample(
                schema: schema,
                tensors: [
                    Tensor(scalar: manifest.commit.version), Tensor(manifest.commit.number.bytes, shape: [16]),
                ]))
        try writer.finish()
        guard try Syscalls.status(path: path(ofVersion: manifest.commit.version)) != nil else {
            try Syscalls.unlink(path(ofTag: tag))
            throw ColonnadeError(
                .fileNotFound,
                "version \(manifest.commit.version) was removed while it was tagged, and the tag is removed: tag another version",
                at: .file(path))
        }
        return manifest.commit.version
    }

    /// Returns the names of all tags, sorted.
    package func allTags() throws(ColonnadeError) -> [String] {
        guard try Syscalls.status(path: tags) != nil else { return [] }
        return try Syscalls.names(inFolder: tags).filter {
            $0.endsWithBytes(of: ".colonnade") && $0.utf8.first != UInt8(ascii: ".")
        }.map { String(decoding: $0.utf8.dropLast(".colonnade".utf8.count), as: UTF8.self) }.sorted()
    }
}
