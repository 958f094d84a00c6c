// SPDX-License-Identifier: Apache-2.0

import Colonnade

/// Returns the median of `runs` timings of `body`, divided by `operations`, in nanoseconds.
func medianNanoseconds(runs: Int, operations: Int, _ body: () -> Void) -> Double {
    let times = (0..<runs).map { _ in ContinuousClock().measure(body).nanoseconds / Double(operations) }
    return times.sorted()[runs / 2]
}

/// Returns the time of a complete pass, in nanoseconds.
func nanoseconds(ofPass stream: Stream) throws(ColonnadeError) -> Double {
    let start = ContinuousClock.now
    var pass = stream.makeIterator()
    while try pass.next() != nil {}
    return (ContinuousClock.now - start).nanoseconds
}
