// SPDX-License-Identifier: Apache-2.0

/// One change of the colours of a picture, with its factor.
struct ColorChange: Equatable, Sendable {
    let kind: ColorJitter.Adjustment
    let factor: Float
}
