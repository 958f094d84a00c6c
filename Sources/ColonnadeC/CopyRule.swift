// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import ColonnadeCore

/// The rule that decides which values of a pipeline C receives without a copy.
struct CopyRule: Sendable {
    let isBatched: Bool
    /// Whether C receives copies of batches that are views of a file.
    let isCopying: Bool

    /// Returns whether C may receive a value in this storage without a copy.
    func allowsView(of storage: TensorStorage) -> Bool {
        isBatched && (storage.isLent ? !isCopying : !storage.isBorrowed)
    }
}
