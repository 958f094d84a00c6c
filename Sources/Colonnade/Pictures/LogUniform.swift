// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Random numbers whose logarithms are uniform between two bounds.
///
/// They are computed of products and square roots, which have the same bits on every platform, unlike the logarithms of a C
/// library.
struct LogUniform: Sendable {
    private let low: Double
    /// The ratio of the bounds to the power of 1/2, 1/4, and so on.
    private let roots: [Double]

    init(_ low: Double, _ high: Double) {
        self.low = low
        var root = high / low
        roots = (0..<32).map { _ in
            root = root.squareRoot()
            return root
        }
    }

    /// Returns the next number.
    func next(_ random: inout SplitMix64) -> Double {
        let bits = random.next()
        var value = low
        for (index, root) in roots.enumerated() where bits >> (63 - UInt64(index)) & 1 == 1 { value *= root }
        return value
    }
}
