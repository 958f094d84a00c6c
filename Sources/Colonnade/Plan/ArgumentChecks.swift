// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Throws `invalidArgument` unless `count` is at least 1 and `index` is below it.
func checkPart(_ index: Int, of count: Int, _ noun: String = "partition") throws(ColonnadeError) {
    guard count >= 1 else {
        throw ColonnadeError(.invalidArgument, "there are no \(count) \(noun)s: give at least 1")
    }
    guard index >= 0, index < count else {
        throw ColonnadeError(
            .invalidArgument, "\(noun) \(index) is out of range for \(count) \(noun)s (0...\(count - 1))")
    }
}

/// Throws `invalidArgument` for a negative number of samples.
func checkLength(_ length: Int) throws(ColonnadeError) {
    guard length >= 0 else {
        throw ColonnadeError(.invalidArgument, "there are no \(length) samples: give a number of at least 0")
    }
}
