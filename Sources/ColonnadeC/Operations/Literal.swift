// SPDX-License-Identifier: Apache-2.0

internal import ColonnadeCore

/// Values as JSON, for the defaults that documentation shows.
enum Literal {
    /// Returns a text between quotation marks.
    static func quoted(_ text: String) -> String {
        "\"" + text.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] } + "\""
    }

    static func quotedName(_ dtype: DType) -> String { quoted(dtype.name) }

    /// Returns an object without keys, which is the default of arguments by key.
    static func emptyObject<Value>(_ values: Value) -> String { "{}" }
}
