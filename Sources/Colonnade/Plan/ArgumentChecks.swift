// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Throws `invalidArgument` unless `count` is at least 1 and `index` is below it.
func checkPart(_ index: Int, of count: Int) throws(ColonnadeError) {
    guard count >= 1, index >= 0, index < count else {
        throw ColonnadeError(
            .invalidArgument,
            "there is no part or rank \(index) of \(count): they count from 0 to one below their number")
    }
}

/// Throws `invalidArgument` for a negative number of samples.
func checkLength(_ length: Int) throws(ColonnadeError) {
    guard length >= 0 else {
        throw ColonnadeError(.invalidArgument, "there are no \(length) samples: give a number of at least 0")
    }
}
