// SPDX-License-Identifier: Apache-2.0

/// The options that only sources of text have: CSV, TSV and JSON Lines.
///
///     var options = IngestOptions()
///     options.text.missing = ["", "-"]
///     options.text.delimiter = ";"
///
/// Vectors, delimiter, quoting, escapes and header apply to CSV and TSV only.
public struct TextOptions: Sendable {
    /// Texts that stand for a missing value.
    public var missing = TextOptions.usualMissing
    /// Whether a bool column `NAME.valid` follows each column that has a fill: false where the value, or a part of it, was
    /// missing. Without any fill, all columns have one, and a missing value becomes 0, false, an empty value or NaN.
    public var masks = false
    /// Runs of neighbouring columns that become one tensor each.
    public var vectors: [VectorColumn] = []
    /// The character between the fields of a record. Nil means a tab in TSV and a comma in CSV.
    public var delimiter: Character?
    /// The quoting of fields.
    public var quoting = Quoting.automatic
    /// Whether `\t`, `\n`, `\r` and `\\` in fields without quotes stand for a tab, line ends and a backslash.
    public var escapes = false
    /// Whether the first record names the columns. Nil means yes, but a record that holds only numbers is refused. If false,
    /// the columns are called c0, c1, and so on.
    public var header: Bool?

    public init() {}

    /// The texts that mean a missing value by default. `NaN` is a number.
    public static let usualMissing = ["", "NA", "N/A", "null", "NULL", "None"]

    /// The options that are set and that only tables have, by their names in the command.
    var setTableOptions: [String] {
        [
            vectors.isEmpty ? nil : "--vector", delimiter == nil ? nil : "--delimiter",
            quoting == .automatic ? nil : "--quote",
            escapes ? "--escapes" : nil, header == nil ? nil : "--header",
        ].compactMap { $0 }
    }

    /// The options that are set and that every source of text has, by their names in the command.
    var setCommonOptions: [String] {
        [masks ? "--mask" : nil, missing == TextOptions.usualMissing ? nil : "--missing"].compactMap { $0 }
    }
}
