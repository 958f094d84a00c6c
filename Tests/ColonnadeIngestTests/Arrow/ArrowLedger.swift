// SPDX-License-Identifier: Apache-2.0

import CArrow

/// The numbers of structures that were handed out and released.
final class ArrowLedger: @unchecked Sendable {
    var streams = 0
    var schemas = 0
    var arrays = 0
    /// Batches that were handed out.
    var exported = 0
}
