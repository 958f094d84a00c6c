// SPDX-License-Identifier: Apache-2.0

internal import CColonnade

/// The error of a function of the caller.
@safe
struct ForeignFailure: Error, CustomStringConvertible, @unchecked Sendable {
    /// A pointer of the caller that identifies the failure. It is passed on unchanged with the error.
    let cause: UnsafeMutableRawPointer?
    /// The caller's message, for callers that get the text of an error alone.
    let description: String
}
