// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The files of several parts, determined on first use.
final class LazyJoin<Files: Sendable>: Sendable {
    private let state = Monitor<Files??>(nil)

    /// The files, if they are determined already and can be joined.
    var known: Files? { state.withLock { $0 ?? nil } }

    /// Returns the files, and determines them on first use.
    ///
    /// - Parameter keepsNil: whether files that cannot be joined now never can.
    func value(keepsNil: Bool = true, _ make: () -> Files?) -> Files? {
        state.withLock { state in
            if let state { return state }
            let made = make()
            if keepsNil || made != nil { state = .some(made) }
            return made
        }
    }
}
