// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// The options of a source of text.
public struct TextOptions: Sendable {
    /// The types of columns, instead of the inferred ones.
    public var types: NameMap<RequestedType> = [:]
    /// Texts that stand for a missing value.
    public var missing = TextOptions.usualMissing
    /// Column → the value to put in place of a missing one.
    public var fills: NameMap<String> = [:]
    /// The fills by kind for columns that have no fill of their own.
    public var kindFills = KindFills()
    /// Whether a bool column `NAME.valid` follows each column that has a fill: false where the value, or a part of it, was
    /// missing. Without any fill, all columns have one, and what is missing becomes 0, false, nothing or NaN.
    public var masks = false
    /// The columns that are taken; what is missing in others does not matter. Nil takes all.
    var taken: Set<ExactName>?
    /// Columns of numbers that stand for classes: what is missing there is -1 where integers have a fill by kind.
    var labelled: Set<ExactName> = []
    /// Runs of CSV columns that become one tensor each.
    public var vectors: [VectorColumn] = []
    /// Between the fields of a CSV record; nil takes a tab for `.tsv` and `.tab` files and a comma for others.
    public var delimiter: Character?
    /// The quoting of CSV fields.
    public var quoting = Quoting.automatic
    /// Whether `\t`, `\n`, `\r` and `\\` in CSV fields without quotes stand for a tab, line ends and a backslash.
    public var escapes = false
    /// Whether the first CSV record names the columns. Nil: yes, but one that holds only numbers is refused. False: the
    /// columns are called c0, c1, and so on.
    public var header: Bool?

    /// Whether options may name columns that the source does not have, and another source beside it may have the type of a column
    /// that has no values here.
    public var toleratesAbsentColumns = false

    public init() {}

    /// The options for a file of tab-separated values, in which a tab and no quotes are the default.
    var tabSeparated: TextOptions {
        var options = self
        options.delimiter = delimiter ?? "\t"
        if quoting == .automatic { options.quoting = .none }
        return options
    }

    /// Columns with a type or fill of their own, which the source must have.
    var namedColumns: [String] {
        toleratesAbsentColumns ? [] : types.names + fills.names
    }

    /// The texts that mean a missing value by default. `NaN` is a number.
    public static let usualMissing = ["", "NA", "N/A", "null", "NULL", "None"]
}
