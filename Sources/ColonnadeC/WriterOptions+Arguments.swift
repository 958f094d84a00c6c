// SPDX-License-Identifier: Apache-2.0

internal import ColonnadeCore
internal import ColonnadeFormat
internal import ColonnadeStore

extension WriterOptions {
    /// Takes the options that every ingest has. Throws as `set(codecs:)` does.
    mutating func set(_ arguments: inout Arguments) throws(ColonnadeError) {
        replacing = arguments.isSet("replacing")
        if arguments.isSet("ungrouped") { grouping = .separate }
        metadata = arguments.keyedTexts("metadata")
        try set(codecs: arguments.keyedTexts("codecs"))
    }

    /// Takes codecs by column; `*` stands for all other columns. Throws `invalidArgument` for a codec that there is not.
    mutating func set(codecs: NameMap<String>) throws(ColonnadeError) {
        for (column, name) in codecs {
            guard let codec = CodecID(name: name) else {
                throw ColonnadeError(
                    .invalidArgument, "the codec of \"\(column)\" is \"plain\" or \"zlib\", not \"\(name)\"")
            }
            if column == "*" { defaultCodec = codec } else { self.codecs[column] = codec }
        }
    }
}
