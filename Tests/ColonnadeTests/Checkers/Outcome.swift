// SPDX-License-Identifier: Apache-2.0

import Colonnade

/// The result of one call of `next`, to be compared byte for byte.
enum Outcome: Equatable, Sendable {
    case sample([String], [Tensor])
    case failure(ColonnadeError)

    init(_ sample: Sample) { self = .sample(sample.keys, sample.tensors) }
}
