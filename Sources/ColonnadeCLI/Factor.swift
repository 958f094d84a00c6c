// SPDX-License-Identifier: Apache-2.0

/// A number on the command line, which may be a fraction such as 1/255.
struct Factor: AssignedValue {
    let value: Double

    init?(assigned text: Substring) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let number = Double(parts[0]) else { return nil }
        var value = number
        if parts.count == 2 {
            guard let divisor = Double(parts[1]), divisor != 0 else { return nil }
            value = number / divisor
        }
        guard value.isFinite else { return nil }
        self.value = value
    }
}
