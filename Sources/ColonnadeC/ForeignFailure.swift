// SPDX-License-Identifier: Apache-2.0

internal import CColonnade

/// The error of a function of the other language.
@safe
struct ForeignFailure: Error, @unchecked Sendable {
    /// Its own business: given back to whoever gets the error.
    let cause: UnsafeMutableRawPointer?
}
