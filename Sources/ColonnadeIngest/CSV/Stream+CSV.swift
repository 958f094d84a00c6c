// SPDX-License-Identifier: Apache-2.0

public import Colonnade

extension Stream {
    /// Makes a stream of the records of a CSV file, one sample each. Gzip is recognised and decoded.
    ///
    ///     let rows = try Stream.csv("train.csv").batched(by: 32)
    ///
    /// The first record is the header and names the keys, with the spaces that are there; of columns with the same name the
    /// last counts. A column with an empty name, as pandas and R write for row names, is called `unnamed_0` by its index from
    /// zero. Each value is the text of a field as it stands there, as `bytes` (uint8 [nil]), and never a number. Lines end
    /// with LF or CRLF. A field in quotes may hold separators, line ends and doubled quotes. An empty last field is a value;
    /// blank lines at the end are no records. A file without a record is a stream without keys and samples.
    ///
    /// A pass reads from the front, in pieces: memory is bounded by the longest record, which may have 64 MiB. To resume, the
    /// records before are read again: O(n).
    ///
    /// - Parameters:
    ///   - path: the path of the file.
    ///   - separator: between fields, one ASCII character.
    ///   - quote: around fields that hold the separator, a quote or a line end. Nil if quotes are characters like others, as
    ///     in files of tab-separated values.
    /// - Throws: `fileNotFound`, `system`; `invalidSource` for a folder, a pipe, or a header with a misplaced quote or without any
    ///   name; `invalidArgument` for a separator or quote that cannot be one. While running, `invalidSource` with record and
    ///   column for a wrong number of fields, a blank line between records, misplaced quotes and carriage returns; the
    ///   pass then continues at the next line. Damaged gzip, a quote that is never closed, or too long a record ends it.
    public static func csv(
        _ path: String, separator: Character = ",", quote: Character? = "\""
    ) throws(ColonnadeError) -> Stream {
        try csv(.file(path), CSVDialect(separator: separator, quote: quote))
    }

    /// Makes a stream of the records of CSV text in memory. See `csv(_:separator:quote:)`.
    public static func csv(
        text: String, separator: Character = ",", quote: Character? = "\""
    ) throws(ColonnadeError) -> Stream {
        try csv(bytes: Array(text.utf8), name: "text", separator: separator, quote: quote)
    }

    /// Makes a stream of the records of a CSV file whose bytes are in memory; errors call it `name`.
    public static func csv(
        bytes: [UInt8], name: String = "bytes", separator: Character = ",", quote: Character? = "\""
    ) throws(ColonnadeError) -> Stream {
        try csv(.bytes(bytes, name: name), CSVDialect(separator: separator, quote: quote))
    }

    /// Replaces each sample by the records of the CSV file that `key` names. See `csv(_:separator:quote:)`.
    ///
    /// - Parameters:
    ///   - key: bytes or a string: the path of a file.
    ///   - folder: where paths that do not begin with `/` start. Files outside of it are refused, unless it is empty.
    ///   - columns: the columns to return, in this order; files may have others too. If nil, all columns of the first file that has
    ///     any, which is read at once for that, and all files have to have the same, in any order.
    ///   - separator: see `csv(_:separator:quote:)`.
    ///   - quote: see `csv(_:separator:quote:)`.
    ///   - unpacking: called for files that begin as those of bzip2, xz or zstd do. If nil, they are an error.
    /// - Throws: `unknownKey`; `invalidArgument` where the value is no bytes; without `columns`, what reading the first sample
    ///   throws. While running, also `fileNotFound`, and `invalidSource` for a file without one of the columns: the pass
    ///   then continues with the next file.
    public func csvRows(
        fromFile key: String, folder: String = "", columns: [String]? = nil, separator: Character = ",",
        quote: Character? = "\"", unpacking: Unpacking? = nil
    ) throws(ColonnadeError) -> Stream {
        let dialect = try CSVDialect(separator: separator, quote: quote)
        return try csvRows(try TextValue(key, in: schema, .path(folder: folder), unpacking), columns, dialect)
    }

    /// Replaces each sample by the records of the CSV file whose bytes are the value of `key`, such as a file of an archive.
    public func csvRows(
        fromBytes key: String, columns: [String]? = nil, separator: Character = ",", quote: Character? = "\"",
        unpacking: Unpacking? = nil
    ) throws(ColonnadeError) -> Stream {
        let dialect = try CSVDialect(separator: separator, quote: quote)
        return try csvRows(try TextValue(key, in: schema, .content, unpacking), columns, dialect)
    }

    /// Makes a stream of the records of an input. `readSize` is for tests.
    package static func csv(
        _ input: TextInput, _ dialect: CSVDialect, readSize: Int = 1 << 20
    ) throws(ColonnadeError) -> Stream {
        Stream(try CSVRecords(input, dialect, .all, readSize: readSize))
    }

    private func csvRows(
        _ value: TextValue, _ columns: [String]?, _ dialect: CSVDialect
    ) throws(ColonnadeError) -> Stream {
        let selection: CSVRecords.Selection
        let fields: [Field]
        if let columns {
            selection = .columns(columns, othersAllowed: true)
            fields = columns.map { Field($0, kind: .bytes) }
        } else {
            fields = try firstHeader(value, dialect)
            selection = .columns(fields.map(\.name), othersAllowed: false)
        }
        return try flatMap(giving: fields) { sample in
            Stream(try CSVRecords(try value.input(sample), dialect, selection))
        }
    }

    /// Returns the columns of the first file that is not empty.
    private func firstHeader(_ value: TextValue, _ dialect: CSVDialect) throws(ColonnadeError) -> [Field] {
        // Without threads, which would make more samples than are looked at.
        var pass = withoutPrefetching.epoch(epochNumber).makeIterator()
        while let sample = try pass.next() {
            let fields = try CSVRecords(try value.input(sample), dialect, .all).schema.fields
            if !fields.isEmpty { return fields }
        }
        return []
    }
}
