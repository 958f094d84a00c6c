// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeStore

/// The values of `--verify`, which are those of Python.
enum VerificationChoice: String, ExpressibleByArgument, CaseIterable {
    case auto, touch, full, off

    var verification: StoredDataset.Verification {
        switch self {
        case .auto: .automatic
        case .touch: .onFirstTouch
        case .full: .full
        case .off: .off
        }
    }
}
