// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The error of one of several samples, with its index among them.
struct RowFailure: Error {
    let index: Int
    let error: ColonnadeError
}
