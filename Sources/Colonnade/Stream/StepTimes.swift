// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Where the time of a pass goes, added up by all threads that make its items.
final class StepTimes: Sendable {
    enum Part: Sendable, Hashable {
        /// Finding, copying and converting rows.
        case reading
        /// A step, by what it does.
        case step(String)
        /// Deciding what comes next.
        case pulling
    }

    private let seconds = Monitor<[Part: Duration]>([:])

    func start() -> ContinuousClock.Instant { .now }

    func end(_ start: ContinuousClock.Instant?, _ part: Part) {
        guard let start else { return }
        let elapsed = ContinuousClock.now - start
        seconds.withLock { $0[part, default: .zero] += elapsed }
    }

    var all: [Part: Duration] { seconds.withLock { $0 } }
}
