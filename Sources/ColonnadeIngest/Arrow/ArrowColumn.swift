// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The way from the arrays of a batch to one column: down through structs to an array of rows, and on through lists to the
/// elements.
struct ArrowColumn: Sendable {
    /// One kind of list in another.
    enum Level: Sendable {
        case fixed(Int)
        /// `length` is the number of elements that every list must have, if the shape is known.
        case list(isLarge: Bool, length: Int?)

        var type: ArrowType {
            switch self {
            case .fixed(let size): .fixedList(size)
            case .list(let isLarge, _): .list(isLarge: isLarge)
            }
        }
    }

    /// The type of the elements in the lists, or in the rows themselves.
    enum Leaf: Sendable {
        /// Elements of this type, which are copied as they are.
        case elements(DType, ArrowType)
        /// Bools of one bit each.
        case bits
        /// Bools of a byte each, of which any but 0 is true.
        case bool8
        /// Text or bytes in a buffer, or through views.
        case bytes(ArrowType)
        /// Indices of this type into values of that.
        case dictionary(DType, ArrowType, DictionaryUse)
    }

    enum DictionaryUse: Sendable {
        case labels
        case values
    }

    /// The name in the stream; that of the field may differ.
    let name: String
    var field: Field
    /// For each struct on the way, the index of the child and the number of children.
    var steps: [(child: Int, count: Int)] = []
    var levels: [Level] = []
    var leaf: Leaf
    /// A missing element, or row of text or bytes.
    var fill: [UInt8]?
    var reason: String?
    /// Further advice for messages about missing values.
    var missingRemedy: String?

    /// Label → its number, once the first batch has settled them.
    var labels: NameMap<Int>?
    /// Each value is checked to be below this.
    var classCount: Int?
    /// The name of the bool column that tells which rows were there, if there is one.
    var maskName: String?
    /// Whether the media type is to be found out, and which family it is of as far as is known.
    var findsMedia = false
    var mediaFamily: String?

    /// Bytes of one element in the output.
    var width: Int {
        switch leaf {
        case .elements(_, .fixedBytes(let width)), .dictionary(_, .fixedBytes(let width), .values): width
        default: field.dtype.size
        }
    }

    /// The type of the array that holds the elements.
    var leafType: ArrowType {
        switch leaf {
        case .elements(_, let type), .bytes(let type): type
        case .bits: .bits
        case .bool8: .numbers(.int8)
        case .dictionary(let index, _, _): .numbers(index)
        }
    }

    var hasDictionary: Bool {
        if case .dictionary = leaf { return true }
        return false
    }

    /// Whether rows are text or bytes.
    var isVariable: Bool { field.kind != .tensor }

    /// Returns an error about a row of the stream.
    func fault(
        _ message: String, source: String, row: Int, _ code: ColonnadeError.Code = .invalidSource
    ) -> ColonnadeError {
        ColonnadeError(code, message, at: .tableRow(source: source, row: row, column: name))
    }

    /// Returns the error about a missing value.
    func missing(source: String, row: Int, what: String = "the value is") -> ColonnadeError {
        let remedy: String
        if let missingRemedy {
            remedy = missingRemedy
        } else if fill != nil {
            remedy =
                "a fill takes the place of elements and of whole rows, not of lists in lists: fill or drop it first"
        } else {
            remedy = "drop the rows, or say what to put there: fill={\"\(name)\": \(fillExample)}"
        }
        return fault("\(what) missing (null): \(remedy)", source: source, row: row)
    }

    /// A fill that the column can have, as Python writes it.
    var fillExample: String {
        switch KindFills.Kind(field) {
        case .float: "nan"
        case .int: field.dtype.isSignedInteger || hasLabels ? "-1" : "0"
        case .bool: "False"
        case .str: "\"\""
        case .bytes: "b\"\""
        case .time: "\"NaT\""
        }
    }

    /// Whether the dictionary has the names of classes.
    var hasLabels: Bool {
        if case .dictionary(_, _, .labels) = leaf { return true }
        return false
    }
}
