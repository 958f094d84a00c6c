// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The layout of an array's elements in a file, as the header says. The first dimension counts the rows.
struct ArrayLayout: Equatable {
    enum Elements: Equatable {
        case numbers(DType)
        case times(ArrayTimes)
        /// Fixed strings, padded with zero bytes.
        case bytes(width: Int)
        /// Fixed strings of UTF-32, padded with zeros. The width is in bytes.
        case text(width: Int)
    }

    var elements: Elements
    var isBigEndian: Bool
    /// The first index runs fastest, not the last.
    var isFortranOrder: Bool
    var shape: [Int]

    var elementSize: Int {
        switch elements {
        case .numbers(let dtype): dtype.size
        case .times: 8
        case .bytes(let width), .text(let width): width
        }
    }

    var rowCount: Int { shape[0] }
    var rowShape: [Int] { Array(shape.dropFirst()) }

    /// The number of elements of one row. The layout must be validated.
    var rowElementCount: Int { rowShape.reduce(1, *) }

    /// The number of bytes of one row in the file. The layout must be validated.
    var rowByteCount: Int { rowElementCount * elementSize }

    var byteCount: Int { rowCount * rowByteCount }

    /// `uint8[60000, 28, 28]`
    var description: String {
        let name =
            switch elements {
            case .numbers(let dtype): dtype.name
            case .times(let times): times.type.description
            case .bytes(let width): "S\(width)"
            case .text(let width): "U\(width / 4)"
            }
        return "\(name)\(shape)"
    }

    /// Largest row that a file of ours can have.
    private static let largestRow = 1 << 40

    /// Most rows of an array without elements.
    private static let mostEmptyRows = 1 << 20

    /// Returns the column that this array becomes. Throws `invalidSource` if no column can hold it. The dimensions of the field
    /// can be multiplied without overflow.
    func field(named name: String, in source: String) throws(ColonnadeError) -> Field {
        func failure(_ message: String) -> ColonnadeError {
            ColonnadeError(.invalidSource, message, at: .record(source: source, record: nil, column: name))
        }
        guard !shape.isEmpty else {
            throw failure(
                "the array is a single value without dimensions, and rows are counted by the first one: save it as an "
                    + "array of one value per row, or leave it out (--columns)")
        }
        guard shape.count <= 33 else { throw failure("the array has \(shape.count) dimensions, and 33 is the limit") }
        // Rows without bytes take time and no file, so a header alone must not promise any number of them.
        guard !rowShape.contains(0) || rowCount <= Self.mostEmptyRows else {
            throw failure(
                "the array (\(description)) has no elements and more than \(Self.mostEmptyRows) rows: leave it out "
                    + "(--columns)")
        }
        var bytes = elementSize
        for dim in rowShape {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: dim)
            guard !overflow, product <= Self.largestRow else {
                throw failure("one row of the array (\(description)) takes more than \(Self.largestRow) bytes")
            }
            bytes = product
        }
        guard !bytes.multipliedReportingOverflow(by: rowCount).overflow else {
            throw failure("its header promises more bytes than can be counted (\(description)): it is damaged")
        }
        switch elements {
        case .numbers(let dtype):
            return Field(name, dtype, rowShape)
        case .times(let times):
            return Field(name, times.type.dtype, rowShape, meaning: .time(times.type))
        case .bytes, .text:
            guard shape.count == 1 else {
                throw failure(
                    "the array (\(description)) has several strings a row: save each column of strings as an array of its own"
                )
            }
            if case .text = elements { return Field(name, kind: .string) }
            return Field(name, kind: .bytes)
        }
    }
}
