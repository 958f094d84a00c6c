// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
public import ColonnadeFormat

/// The description of a version of a data set of many files: its commit and its size.
public struct VersionRecord: Sendable, Hashable {
    public let version: Int
    /// The number of the commit, different in all versions of all data sets.
    public let commit: RandomNumber
    /// When it was committed, in milliseconds since 1970, by the clock of the writer.
    public let time: UInt64
    /// The operation of the commit: `create`, `append`, `add columns`, …, or another number.
    public let operation: String
    public let rowCount: Int
    public let fileCount: Int
    /// The number of bytes of all files.
    public let byteCount: Int
    /// The number of the job that committed, or nil.
    public let job: RandomNumber?

    init(_ manifest: Manifest) {
        let made = manifest.commit
        version = Int(made.version)
        commit = made.number
        time = made.time
        operation =
            switch made.operation {
            case ManifestCommit.create: "create"
            case ManifestCommit.append: "append"
            case ManifestCommit.addColumns: "add columns"
            case ManifestCommit.replaceColumns: "replace columns"
            case ManifestCommit.dropColumns: "drop columns"
            case ManifestCommit.renameColumns: "rename columns"
            case ManifestCommit.labelColumns: "class labels"
            default: "operation \(made.operation)"
            }
        rowCount = manifest.rowCount
        fileCount = manifest.files.count
        byteCount = manifest.byteCount
        job = made.job == .zero ? nil : made.job
    }
}

extension DatasetVersion {
    /// The commit that made the version, and its size.
    public var record: VersionRecord { VersionRecord(manifest) }

    /// The codec of a column in new files.
    package func codec(ofColumn index: Int) -> CodecID {
        let column = manifest.footer.columns[index]
        return column.group.map { manifest.footer.groups[$0].codec } ?? column.codec
    }
}
