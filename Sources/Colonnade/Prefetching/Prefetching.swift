// SPDX-License-Identifier: Apache-2.0

/// The number of items that are prepared ahead, and of the threads that prepare them.
struct Prefetching: Sendable, Hashable {
    var depth: Int
    var threads: Int
}
