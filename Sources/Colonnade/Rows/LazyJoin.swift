// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The files of several parts, determined on first use.
final class LazyJoin: Sendable {
    private let state = Monitor<StoredParts??>(nil)

    /// The files, if they are determined already and can be joined.
    var known: StoredParts? { state.withLock { $0 ?? nil } }

    func value(_ make: () -> StoredParts?) -> StoredParts? {
        state.withLock { state in
            if let state { return state }
            let made = make()
            state = .some(made)
            return made
        }
    }
}
