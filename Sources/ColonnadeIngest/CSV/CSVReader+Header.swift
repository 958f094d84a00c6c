// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension CSVReader {
    /// Reads the names of the columns from the first record, or makes them up if `isThere` is false.
    ///
    /// Throws `invalidSource` if there is no record, or if it holds only numbers and `isThere` is nil.
    mutating func readHeader(_ isThere: Bool?) throws(ColonnadeError) -> [String] {
        guard let names = try readHeaderIfAny(isThere) else {
            throw fault("there is no record, not even a header; is it the right file?")
        }
        return names
    }

    /// Reads the names of the columns, as `readHeader` does; nil if there is no record.
    mutating func readHeaderIfAny(_ isThere: Bool?) throws(ColonnadeError) -> [String]? {
        var names: [String] = []
        var isInvalid = false
        var isAllNumbers = true
        var scratch: [UInt8] = []
        guard try next() else { return nil }
        for column in 0..<fieldCount {
            if isQuoted(column) { isHeaderQuoted = true }
            withText(of: column, &scratch) { text in
                names.append(String(decoding: text))
                if NumberText.parse(text.extracting(text.trimmedRange)) == nil { isAllNumbers = false }
                if text.firstInvalidUTF8 != nil { isInvalid = true }
            }
        }
        if isThere == false { unread() }
        recordCount = 0
        columnCount = names.count
        if isThere == false { names = names.indices.map { "c\($0)" } }
        columns = names
        if isThere == false { return names }
        if names.allSatisfy(\.isEmpty) {
            throw fault("the header names no column; name them in a first line, or use --no-header")
        }
        unnamedColumns = names.indices.filter { names[$0].isEmpty }
        for index in unnamedColumns { names[index] = Self.madeUpName(index, names) }
        columns = names
        if isInvalid { throw fault("the header is not UTF-8; convert the file first, as with iconv") }
        if isThere == nil, isAllNumbers {
            throw fault(
                "the first line holds only numbers, so it seems to be data; name the columns in a first line, or use "
                    + "--no-header, which calls them c0, c1 and so on")
        }
        return names
    }

    /// Returns a name that no other column has, for a column whose field in the header is empty, as pandas and R write it for row
    /// names.
    private static func madeUpName(_ index: Int, _ names: [String]) -> String {
        let known = Set(names.exactNames)
        var name = "unnamed_\(index)"
        while known.contains(ExactName(name)) { name += "_" }
        return name
    }
}
