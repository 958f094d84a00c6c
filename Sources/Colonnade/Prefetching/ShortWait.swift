// SPDX-License-Identifier: Apache-2.0

import ColonnadeSystem

/// The rule for a thread that must wait: it polls before it sleeps if its last wait was short, since waking a thread
/// takes longer than such a wait. With a single processor it never polls.
struct ShortWait: Sendable {
    /// Whether the next wait is probably short.
    private(set) var isLikely = isPossible

    /// The maximum time that a thread polls: about the time that waking a thread takes.
    static let limit = Duration.microseconds(20)
    private static let isPossible = Syscalls.processorCount > 1

    /// Notes the time of a wait, most of which may have been the waking of the thread.
    mutating func note(_ elapsed: Duration) { isLikely = Self.isPossible && elapsed < Self.limit * 4 }
}
