// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore
import Synchronization

/// One function for many indices, which all processors run.
package final class ParallelWork<Value: Sendable>: Sendable {
    package typealias Outcome = Result<Value, ColonnadeError>
    package typealias Body = @Sendable (_ index: Int) throws(ColonnadeError) -> Value

    private struct Results {
        var outcomes: [Outcome?]
        var remaining: Int
    }

    private let count: Int
    private let body: Body
    private let nextIndex = Atomic(0)
    private let results: Monitor<Results>

    /// Returns the results of `body` for 0 to `count` - 1. They do not depend on the number of threads.
    package static func results(_ count: Int, _ body: @escaping Body) -> [Outcome] {
        let work = ParallelWork(count, body)
        for _ in 1..<max(min(Syscalls.processorCount, count), 1) {
            // Without another thread the work takes longer, and that is all.
            guard (try? WorkerThread.start { work.run() }) != nil else { break }
        }
        work.run()
        return work.results.wait { results in
            results.remaining == 0 ? results.outcomes.compactMap { $0 } : nil
        }
    }

    private init(_ count: Int, _ body: @escaping Body) {
        self.count = count
        self.body = body
        results = Monitor(Results(outcomes: Array(repeating: nil, count: count), remaining: count))
    }

    private func run() {
        while true {
            let index = nextIndex.add(1, ordering: .relaxed).oldValue
            guard index < count else { return }
            let outcome: Outcome
            do throws(ColonnadeError) { outcome = .success(try body(index)) } catch { outcome = .failure(error) }
            let isLast = results.withLock { results in
                results.outcomes[index] = outcome
                results.remaining -= 1
                return results.remaining == 0
            }
            if isLast { results.wakeAll() }
        }
    }
}
