// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The random choices of a windowed shuffle, as a function of the step alone.
///
/// The window is a reservoir with a fixed number of entries. The first samples fill it; then each step draws an entry, gives
/// out the sample in it, and puts the next sample there. So the steps tell which sample is in each entry, with no sample read.
struct WindowReplay: Sendable {
    /// The number of entries.
    let size: Int
    /// The key of the random numbers, made of seed and epoch.
    let key: UInt64

    /// Returns the entry that a step draws among the first `count` entries.
    func entry(atStep step: Int, of count: Int) -> Int {
        Int(SplitMix64.mix(key &+ UInt64(step)).multipliedFullWidth(by: UInt64(count)).high)
    }

    /// Returns for each entry the index of the sample that it holds after `steps` steps. O(size × log size) on average.
    ///
    /// - Parameter count: entries that are filled; all of them if there was a step.
    func contents(afterSteps steps: Int, filled count: Int) -> [Int] {
        // The latest step that drew an entry put its sample there, and the samples that filled the window are in the others.
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
