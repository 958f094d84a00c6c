// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import ColonnadeCore

/// The rule by which the values of a pipeline are handed to C.
struct Handing: Sendable {
    let isBatched: Bool
    /// Whether batches that are views of a file are copied.
    let isCopying: Bool

    func isGivenAsItLies(_ storage: TensorStorage) -> Bool {
        isBatched && (storage.isLent ? !isCopying : !storage.isBorrowed)
    }
}
