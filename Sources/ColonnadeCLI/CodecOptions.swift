// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore
import ColonnadeStore

/// The codecs of the columns that a command writes.
struct CodecOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The codec of a column: plain, zstd, lz4 or zlib, perhaps with a level as in zstd:9; * stands for all other columns.",
            valueName: "column=codec"))
    var codec: [Assignment<CodecText>] = []

    /// Sets the codecs of a writer. Throws `invalidArgument` for an unknown codec or level, and a column that is named twice.
    func set(in options: inout WriterOptions) throws {
        try options.set(codecs: codec.unique("--codec").mapValues(\.text))
    }
}
