// SPDX-License-Identifier: Apache-2.0

/// Indices of samples in the order of a buffer.
enum OrderIndices {
    case range(Range<Int>)
    case list([Int])
}
