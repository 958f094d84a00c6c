// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The random choices of a windowed shuffle, as a function of the step alone.
///
/// The window is a reservoir with a fixed number of entries. The first samples fill it. Then each step draws an entry,
/// returns its sample, and puts the next sample there. So the number of steps alone determines which sample is in each
/// entry.
struct WindowReplay: Sendable {
    /// The number of entries.
    let size: Int
    /// The key of the random numbers, derived from seed and epoch.
    let key: UInt64

    /// Returns the entry that a step draws among the first `count` entries.
    func entry(atStep step: Int, of count: Int) -> Int {
        Int(SplitMix64.mix(key &+ UInt64(step)).multipliedFullWidth(by: UInt64(count)).high)
    }

    /// Returns, for each entry, the index of its sample after `steps` steps. O(size × log size) on average.
    ///
    /// - Parameter count: the number of filled entries; all of them if there was a step.
    func contents(afterSteps steps: Int, filled count: Int) -> [Int] {
        // The latest step that drew an entry put its sample there. Entries that no step drew have the samples that
        // filled the window.
        var contents = [Int](repeating: -1, count: count)
        var unknownCount = count
        var step = steps - 1
        while unknownCount > 0, step >= 0 {
            let entry = entry(atStep: step, of: size)
            if contents[entry] < 0 {
                contents[entry] = size + step
                unknownCount -= 1
            }
            step -= 1
        }
        for entry in contents.indices where contents[entry] < 0 { contents[entry] = entry }
        return contents
    }
}
