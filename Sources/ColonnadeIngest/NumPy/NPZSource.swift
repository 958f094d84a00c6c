// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore

/// An `.npz` archive, stored or deflated: each array in it is a column, its first dimension counts the records.
///
/// The elements are those of `NumPySource`. Every array is read through a file descriptor of its own.
public final class NPZSource: RecordSource {
    public let name: String
    public let reasons: [String]
    private let columns: ArrayColumns

    public var schema: Schema { columns.schema }
    public var rowCount: Int? { columns.rowCount }

    /// Reads the table of contents, and the headers of those arrays whose name is in `names`, or of all of them.
    ///
    /// Throws `invalidSource` for a file that is no such archive or is damaged, and for arrays of different lengths or that
    /// cannot be columns; `unknownKey` if none of the names is there; `unsupported` for compression other than deflate.
    /// `timeFill` has the time to put in place of `NaT` in a column of that name; nil for an error.
    public init(
        path: String, choosing names: [String]? = nil, timeFill: (String) -> String? = { _ in nil }
    ) throws(ColonnadeError) {
        let archive = try ZipArchive(path: path)
        var entries: [(name: String, entry: ZipArchive.Entry)] = []
        for entry in archive.entries where entry.name.endsWithBytes(of: ".npy") {
            entries.append((String(entry.name.unicodeScalars.dropLast(4)), entry))
        }
        if let names {
            let names = Set(names.exactNames)
            let chosen = entries.filter { names.contains(ExactName($0.name)) }
            guard !chosen.isEmpty || entries.isEmpty else {
                let known = entries.map { "\"\($0.name)\"" }.joined(separator: ", ")
                throw ColonnadeError(
                    .unknownKey, "none of the columns asked for is in it: there are \(known)", at: .file(path))
            }
            entries = chosen
        } else if let other = archive.entries.first(where: { !$0.name.endsWithBytes(of: ".npy") }) {
            throw ColonnadeError(
                .invalidSource,
                "it has \"\(other.name)\", which is not an array: name the arrays to take (--columns)", at: .file(path))
        }
        guard !entries.isEmpty else {
            throw ColonnadeError(.invalidSource, "it has no arrays: save some with numpy.savez", at: .file(path))
        }
        var readers: [ArrayReader] = []
        for (name, entry) in entries {
            guard !name.isEmpty else {
                throw ColonnadeError(.invalidSource, "it has an array without a name: give it one", at: .file(path))
            }
            let place = "\(path)/\(entry.name)"
            var stream = try archive.stream(entry)
            let header = try NumPyHeader(&stream, source: place)
            readers.append(
                try ArrayReader(
                    named: name, layout: header.layout, stream: stream, source: place, timeFill: timeFill(name)))
        }
        name = path
        columns = try ArrayColumns(readers, source: path)
        reasons = readers.map {
            "\($0.field.name): \($0.field.typeDescription), as the .npy header in the archive says"
        }
    }

    public func nextChunk(rowLimit: Int, byteLimit: Int) throws(ColonnadeError) -> RecordChunk? {
        try columns.nextChunk(rowLimit: rowLimit, byteLimit: byteLimit)
    }
}
