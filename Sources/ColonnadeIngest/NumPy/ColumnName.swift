// SPDX-License-Identifier: Apache-2.0

/// Makes names of columns from names of files.
enum ColumnName {
    /// Returns the last part of the path without its extensions; other characters than letters, digits, `_` and `-` become `_`.
    static func of(path: String) -> String {
        let file = path.split(separator: "/").last ?? ""
        let stem = file.split(separator: ".", omittingEmptySubsequences: true).first ?? ""
        let name = String(stem.map { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" ? $0 : "_" })
        return name.isEmpty ? "values" : name
    }
}
