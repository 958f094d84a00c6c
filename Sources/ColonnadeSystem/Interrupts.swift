// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import Synchronization

/// A flag that Ctrl-C sets. Long work checks it, and stops after cleaning up.
package enum Interrupts {
    private static let flag = Atomic<Int>(0)

    /// Makes SIGINT and SIGTERM set the flag. A second signal ends the process at once, as a user who repeats Ctrl-C
    /// expects.
    package static func catchSignals() {
        // The first use of a static property initializes it, which must not happen in a signal handler.
        flag.store(0, ordering: .relaxed)
        Syscalls.onInterrupt { _ in
            if Interrupts.flag.add(1, ordering: .relaxed).newValue > 1 { Syscalls.exitNow(130) }
        }
    }

    package static var requested: Bool { flag.load(ordering: .relaxed) > 0 }

    private static let hook = Monitor<(@Sendable () -> Bool)?>(nil)

    /// Registers a function that decides whether to stop, for a program that catches signals itself. Each thread that
    /// waits for a pipe or a device, or that does long work, calls it.
    package static func whileWaiting(ask shouldStop: (@Sendable () -> Bool)?) {
        hook.withLock { $0 = shouldStop }
    }

    /// Returns whether the flag is set or the registered function decides to stop.
    package static func areRequestedNow() -> Bool { requested || hook.withLock { $0 }?() == true }

    /// Throws `cancelled` if a wait must end.
    static func check(_ path: String) throws(ColonnadeError) {
        guard areRequestedNow() else { return }
        throw ColonnadeError(.cancelled, "stopped on request while waiting for it", at: .file(path))
    }
}
