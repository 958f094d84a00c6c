// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// The options for a stream of Arrow data. Columns have the names of the stream; the fields of
/// structs are columns of their own, called `a.b`.
public struct ArrowOptions: Sendable {
    /// The name of the stream in messages.
    public var name = "Arrow stream"
    /// The columns to take, in this order: `["image", "y=label"]` takes two and calls the second y. Empty takes all. Other
    /// columns may have any type.
    public var columns: [String] = []
    /// Column → the value to put in place of a missing one, written as in a CSV file; bytes are base64. A missing list of
    /// any length becomes an empty one.
    public var fills: NameMap<String> = [:]
    /// The fills by kind for columns that have no fill of their own.
    public var kindFills = KindFills()
    /// Whether a bool column `NAME.valid` follows each column that has a fill: false where the row, or an element of it, was
    /// missing. Without any fill, all columns have one, and a missing value becomes 0, false, an empty value, NaN or `NaT`.
    public var masks = false
    /// Column → the shape of its rows, nil where a dimension may differ from row to row. Lists of any length are checked to
    /// have it, and become tensors of a fixed shape in the other dimensions.
    public var shapes: NameMap<[Int?]> = [:]
    /// Dictionary-encoded text whose values are kept as strings, and not as class labels.
    public var decoded: Set<ExactName> = []
    /// Whether all dictionary-encoded text is.
    public var decodesAll = false
    /// Columns of bytes that hold encoded images or sounds, and their media type; an empty one is found out from the first
    /// bytes of the values. Hugging Face's images and sounds are found without this.
    public var media: NameMap<String> = [:]
    /// Whether the names of Hugging Face's class labels are kept.
    public var keepsClassNames = true

    public init() {}
}
