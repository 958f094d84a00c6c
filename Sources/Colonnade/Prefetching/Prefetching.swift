// SPDX-License-Identifier: Apache-2.0

/// The number of items that are made ahead, and the number of threads that make them.
struct Prefetching: Sendable, Hashable {
    var depth: Int
    var threads: Int
}
