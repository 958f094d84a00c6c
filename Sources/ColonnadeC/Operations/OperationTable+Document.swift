// SPDX-License-Identifier: Apache-2.0

extension OperationTable {
    /// The table in Markdown, which is the contents of `docs/c-operations.md`.
    static var document: String {
        let topics = topics.map { topic in
            let rows = topic.rows.map { row in
                "| `\(row.name)` | \(row.argumentsDocument) | \(row.appliesTo) | \(row.summary) |"
            }
            return """

                ## \(topic.name)

                | operation | arguments | of | effect |
                |---|---|---|---|
                \(rows.joined(separator: "\n"))

                """
        }
        return introduction + topics.joined()
    }

    private static let introduction = """
        <!-- Printed by the table in Sources/ColonnadeC/Operations: change its rows, and run tools/make-operations. -->
        # Operations of the C interface

        This page lists the operations of `colonnade_apply` (`Sources/CColonnade/include/colonnade.h`) with their arguments.
        Programs read the same table with `colonnade_operation_at` (`Sources/CColonnade/include/colonnade_operations.h`).

        A `?` follows an argument that may be absent; its default follows the `=`. An unknown argument, an argument of another
        kind, and any other impossible request is an error when the operation is applied, and not when the pipeline runs.
        Operations with an `output?` put the result there, and the key keeps its value.

        | kind | `kind` of the argument |
        |---|---|
        | integer; integer, 0 or 1; seed | `COLONNADE_INTEGER`; a seed has 64 bits, of either sign |
        | integers | `COLONNADE_INTEGERS` |
        | number, numbers | `COLONNADE_NUMBER`, `COLONNADE_NUMBERS`, or integers that they hold exactly |
        | text, path, bytes, data type, one of several words | `COLONNADE_TEXT`; a path and bytes need not be UTF-8 |
        | texts, list of bytes | `COLONNADE_TEXTS` |
        | keyed numbers | `COLONNADE_KEYED_NUMBERS` |
        | buffers, pipelines | `COLONNADE_PIPELINES`; a buffer among pipelines becomes a stream |
        | function of … | `COLONNADE_FUNCTION`; `COLONNADE_MAKES_VALUES` and the following say what it gets and puts |
        | fields | `COLONNADE_FIELDS` |

        Negative axes and dimensions count from the end. A selection chooses samples once, in the order of epoch 0.
        `labels` says what happens to class names that differ: `same` refuses them, `by_name` maps the labels to one list of
        all names, and `drop` keeps the numbers without names.

        """
}

extension Operation {
    fileprivate var appliesTo: String {
        onBuffer == nil ? "streams" : onStream == nil ? "buffers" : "both"
    }

    fileprivate var argumentsDocument: String {
        let needed = parameters.filter { $0.fallback == nil }
        let optional = parameters.filter { $0.fallback != nil }
        return (needed + optional).map { parameter in
            switch parameter.fallback {
            case nil: "`\(parameter.name)`: \(parameter.kindName)"
            case "null": "`\(parameter.name)?`: \(parameter.kindName)"
            case let fallback?: "`\(parameter.name)?`: \(parameter.kindName) = `\(fallback)`"
            }
        }.joined(separator: "; ")
    }
}
