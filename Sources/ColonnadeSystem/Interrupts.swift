// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import Synchronization

/// Ctrl-C as a flag that long work looks at, so that it can leave things tidy.
package enum Interrupts {
    private static let flag = Atomic<Int>(0)

    /// Makes SIGINT and SIGTERM set the flag. A second signal ends the process at once, as a user who repeats Ctrl-C expects.
    package static func catchSignals() {
        // The first use of a static makes it; that must not happen within a signal handler.
        flag.store(0, ordering: .relaxed)
        Syscalls.onInterrupt { _ in
            if Interrupts.flag.add(1, ordering: .relaxed).newValue > 1 { Syscalls.exitNow(130) }
        }
    }

    package static var requested: Bool { flag.load(ordering: .relaxed) > 0 }

    private static let hook = Monitor<(@Sendable () -> Bool)?>(nil)

    /// Has a program that catches signals itself asked whether to stop, by each thread that waits for a pipe or a device, or
    /// works for long.
    package static func whileWaiting(ask shouldStop: (@Sendable () -> Bool)?) {
        hook.withLock { $0 = shouldStop }
    }

    /// Asks whether to stop.
    package static func areRequestedNow() -> Bool { requested || hook.withLock { $0 }?() == true }

    /// Throws `cancelled` if a wait is to end.
    static func check(_ path: String) throws(ColonnadeError) {
        guard areRequestedNow() else { return }
        throw ColonnadeError(.cancelled, "stopped on request while waiting for it", at: .file(path))
    }
}
