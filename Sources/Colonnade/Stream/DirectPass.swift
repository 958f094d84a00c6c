// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import Synchronization

/// A pass without threads: each item is made when it is asked for, by who asks.
final class DirectPass: Pass {
    private let executor: Executor
    private let position = Atomic<Int>(0)

    init(_ executor: Executor) { self.executor = executor }

    func next() throws(ColonnadeError) -> Sample? {
        let index = position.add(1, ordering: .relaxed).oldValue
        guard index < executor.count else {
            // Stays at the end however often it is asked.
            position.store(executor.count, ordering: .relaxed)
            return nil
        }
        return try executor.produce(index)
    }

    func nextSuspending() async throws(ColonnadeError) -> Sample? { Task.isCancelled ? nil : try next() }
}
