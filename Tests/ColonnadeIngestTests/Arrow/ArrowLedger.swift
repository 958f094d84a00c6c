// SPDX-License-Identifier: Apache-2.0

import CArrow

/// Counts of the structures that a producer exported and that were released.
final class ArrowLedger: @unchecked Sendable {
    var streams = 0
    var schemas = 0
    var arrays = 0
    /// The number of exported batches.
    var exported = 0
}
