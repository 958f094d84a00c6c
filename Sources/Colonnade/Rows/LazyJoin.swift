// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The files of several parts, determined on first use.
final class LazyJoin: Sendable {
    private let state = Monitor<StoredParts??>(nil)

    /// The files, if they are determined already and can be joined.
    var known: StoredParts? { state.withLock { $0 ?? nil } }

    /// Returns the files, and determines them on first use.
    ///
    /// - Parameter keepsNil: whether files that cannot be joined now never can.
    func value(keepsNil: Bool = true, _ make: () -> StoredParts?) -> StoredParts? {
        state.withLock { state in
            if let state { return state }
            let made = make()
            if keepsNil || made != nil { state = .some(made) }
            return made
        }
    }
}
