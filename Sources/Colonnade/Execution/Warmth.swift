// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A flag that tells a thread that warms rows to stop, since the pass has ended.
final class Warmth: Sendable {
    private let stopped = Atomic<Bool>(false)

    var isStopped: Bool { stopped.load(ordering: .relaxed) }
    func stop() { stopped.store(true, ordering: .relaxed) }
}
