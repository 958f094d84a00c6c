// SPDX-License-Identifier: Apache-2.0

import Colonnade

/// The result of one call of `next`, for comparison byte by byte.
enum Outcome: Equatable, Sendable {
    case sample([String], [Tensor])
    case failure(ColonnadeError)

    init(_ sample: Sample) { self = .sample(sample.keys, sample.tensors) }
}
