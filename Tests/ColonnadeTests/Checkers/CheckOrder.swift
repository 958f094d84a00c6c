// SPDX-License-Identifier: Apache-2.0

import Testing

/// Checks that an order contains each row once.
func checkOrder(_ count: Int, _ what: String, at location: SourceLocation = #_sourceLocation, _ row: (Int) -> Int) {
    var seen = [Bool](repeating: false, count: count)
    for position in 0..<count { seen[row(position)] = true }
    #expect(!seen.contains(false), "n = \(count), \(what)", sourceLocation: location)
}
