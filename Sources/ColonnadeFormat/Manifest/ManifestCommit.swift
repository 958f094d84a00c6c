// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The commit that made a version of a data set of many files (manifest-1.md, section 2).
package struct ManifestCommit: Sendable, Hashable {
    package static let create: UInt8 = 1
    package static let append: UInt8 = 2
    package static let addColumns: UInt8 = 3
    package static let replaceColumns: UInt8 = 4
    package static let dropColumns: UInt8 = 5
    package static let renameColumns: UInt8 = 6
    package static let labelColumns: UInt8 = 7

    package var version: UInt64
    package var parent: UInt64
    /// Milliseconds since 1970, by the clock of the writer.
    package var time: UInt64
    package var dataset: RandomNumber
    package var number: RandomNumber
    package var job: RandomNumber
    package var operation: UInt8

    package init(
        version: UInt64, time: UInt64, dataset: RandomNumber, number: RandomNumber, job: RandomNumber, operation: UInt8
    ) {
        self.version = version
        parent = version - 1
        self.time = time
        self.dataset = dataset
        self.number = number
        self.job = job
        self.operation = operation
    }

    func encode(_ writer: inout ByteWriter) {
        writer.integer(version)
        writer.integer(parent)
        writer.integer(time)
        dataset.encode(&writer)
        number.encode(&writer)
        job.encode(&writer)
        writer.integer(operation)
        writer.zeros(7)
    }

    /// Reads a commit, and checks rules M4 and M5.
    init(_ reader: inout ByteReader) throws(ColonnadeError) {
        let start = reader.offset
        version = try reader.integer(UInt64.self, "a version")
        parent = try reader.integer(UInt64.self, "a parent")
        time = try reader.integer(UInt64.self, "a time")
        dataset = try RandomNumber(&reader, "the number of the data set")
        number = try RandomNumber(&reader, "the number of the commit")
        job = try RandomNumber(&reader, "the number of the job")
        operation = try reader.integer(UInt8.self, "an operation")
        try reader.zeros(7, rule: 104)
        guard version > 0, version <= UInt64(Int.max), parent == version - 1 else {
            throw .broken(105, "version \(version) has the parent \(parent)", at: start)
        }
        guard dataset != .zero, number != .zero, operation > 0 else {
            throw .broken(105, "the number of the data set or of the commit, or the operation, is zero", at: start)
        }
    }
}
