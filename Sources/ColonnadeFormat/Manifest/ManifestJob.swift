// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A job that has committed, and the version that it made.
package struct ManifestJob: Sendable, Hashable {
    package var number: RandomNumber
    package var version: UInt64

    package init(number: RandomNumber, version: UInt64) {
        self.number = number
        self.version = version
    }

    static let encodedSize = 24

    func encode(_ writer: inout ByteWriter) {
        number.encode(&writer)
        writer.integer(version)
    }

    /// Reads a job, and checks rule M11 as far as one job shows it.
    init(_ reader: inout ByteReader, upTo newest: UInt64) throws(ColonnadeError) {
        let start = reader.offset
        number = try RandomNumber(&reader, "the number of a job")
        version = try reader.integer(UInt64.self, "the version of a job")
        guard number != .zero, version > 0, version <= newest else {
            throw .broken(111, "a job has no number, or made version \(version) of \(newest)", at: start)
        }
    }
}
