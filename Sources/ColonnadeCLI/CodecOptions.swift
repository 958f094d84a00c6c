// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore
import ColonnadeFormat
import ColonnadeStore

/// The codecs of the columns that a command writes.
struct CodecOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The codec of a column: plain or zlib; * stands for all other columns.", valueName: "column=codec"))
    var codec: [Assignment<CodecID>] = []

    /// Sets the codecs of a writer. Throws `invalidArgument` for a column that is named twice.
    func set(in options: inout WriterOptions) throws {
        var codecs = try codec.unique("--codec")
        if let others = codecs.removeValue(forName: "*") { options.defaultCodec = others }
        options.codecs = codecs
    }
}
