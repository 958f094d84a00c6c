// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeIngest

/// The quote character of CSV files on the command line.
struct QuoteChoice: ExpressibleByArgument {
    let quoting: Quoting

    init?(argument: String) {
        guard argument == "none" || argument.count == 1, let first = argument.first else { return nil }
        quoting = argument == "none" ? .none : .character(first)
    }
}
