// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A pass whose items are made ahead; its end is the end of the threads.
final class PrefetchedPass: Pass {
    private let prefetcher: Prefetcher

    init(_ prefetcher: Prefetcher) { self.prefetcher = prefetcher }

    deinit { prefetcher.stop() }

    func next() throws(ColonnadeError) -> Sample? { try prefetcher.next() }

    func nextSuspending() async throws(ColonnadeError) -> Sample? { try await prefetcher.nextSuspending() }
}
