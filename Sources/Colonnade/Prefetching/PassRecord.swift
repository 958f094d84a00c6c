// SPDX-License-Identifier: Apache-2.0

/// The start time of a pass, and the number and duration of the waits of its consumer.
struct PassRecord: Sendable {
    let start = ContinuousClock.now
    var waits = 0
    var waited = Duration.zero
    private(set) var shortWait = ShortWait()

    mutating func noteWait(_ elapsed: Duration) {
        waits += 1
        waited += elapsed
        shortWait.note(elapsed)
    }
}
