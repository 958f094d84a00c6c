// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeStore

/// The grouping of columns on the command line.
enum GroupChoice: String, ExpressibleByArgument, CaseIterable {
    case auto, separate

    var grouping: WriterOptions.Grouping {
        switch self {
        case .auto: .automatic
        case .separate: .separate
        }
    }
}
